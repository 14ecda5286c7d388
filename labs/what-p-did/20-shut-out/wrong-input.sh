# expect: do not pass INPUT
iptables -I INPUT -s "$enemy" -j DROP
