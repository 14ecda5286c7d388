# expect: the server listens at
iptables -t nat -A PREROUTING -p tcp --dport "$port" -j DNAT --to-destination "$subnet.2:$port"
