# expect: (south)
inside north ping -q -c 1 -W 2 "$subnet.2"
