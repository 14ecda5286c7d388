for n in east south west; do inside north ping -q -c 1 -W 2 "$subnet.$(number "$n")"; done
