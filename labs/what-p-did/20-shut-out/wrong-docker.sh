# expect: which the engine owns
iptables -I DOCKER -s "$enemy" -j DROP
