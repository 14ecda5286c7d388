# expect: stands behind
iptables -A FORWARD -s "$stranger" -j DROP
