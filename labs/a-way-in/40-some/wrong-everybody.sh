# expect: but friend as well
iptables -I FORWARD -d "$subnet.2" -p tcp --dport 80 -j DROP
