dnat OUTPUT | grep -q . || iptables -t nat -A OUTPUT -d "$wan" -p tcp --dport "$port" -j DNAT --to-destination "$subnet.2:80"
