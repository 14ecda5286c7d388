# expect: do not meet INPUT
iptables -A INPUT -s "$stranger" -j DROP
