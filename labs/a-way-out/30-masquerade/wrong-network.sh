# expect: another source
iptables -t nat -A POSTROUTING -s 192.168.15.0/24 -j MASQUERADE
