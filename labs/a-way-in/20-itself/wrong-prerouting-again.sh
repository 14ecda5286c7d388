# expect: no DNAT rule in OUTPUT
iptables -t nat -A PREROUTING -i lo -p tcp --dport "$port" -j DNAT --to-destination "$subnet.2:80"
