iptables -I DOCKER-USER -s "$enemy" -j DROP
