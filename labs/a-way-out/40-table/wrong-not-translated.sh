# expect: was not translated
iptables -t nat -I POSTROUTING -p tcp -j ACCEPT
inside red curl -s -m 0.3 "http://$server/" || true
