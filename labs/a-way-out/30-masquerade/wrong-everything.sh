# expect: Name the source
iptables -t nat -A POSTROUTING -j MASQUERADE
