iptables -D DOCKER-USER -p tcp --dport 80 -j DROP
