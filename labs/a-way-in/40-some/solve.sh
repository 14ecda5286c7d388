iptables -S FORWARD | grep -q -- "-s $stranger" || iptables -I FORWARD -s "$stranger" -d "$subnet.2" -p tcp --dport 80 -j DROP
