# expect: of any computer
iptables -t nat -A OUTPUT -p tcp --dport "$port" -j DNAT --to-destination "$subnet.2:80"
