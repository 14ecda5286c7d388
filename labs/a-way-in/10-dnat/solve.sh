dnat PREROUTING | grep -q . || iptables -t nat -A PREROUTING -d "$wan" -p tcp --dport "$port" -j DNAT --to-destination "$subnet.2:80"
