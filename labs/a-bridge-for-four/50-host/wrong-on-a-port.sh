# expect: The bridge
ip addr add "$subnet.254/24" dev port-west
