ip addr replace "$subnet.254/24" dev "$bridge"
ping -q -c 1 -W 2 "$subnet.4"
