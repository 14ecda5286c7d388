# expect: behind the RETURN
iptables -C DOCKER-USER -j RETURN 2>/dev/null || iptables -A DOCKER-USER -j RETURN
iptables -A DOCKER-USER -s "$enemy" -j DROP
