# expect: has not reached
ip addr add "$subnet.254/24" dev "$bridge"
