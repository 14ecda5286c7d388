# expect: No DNAT rule is for TCP port
iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination "$subnet.2:$port"
