# expect: own rules are gone
iptables -F
