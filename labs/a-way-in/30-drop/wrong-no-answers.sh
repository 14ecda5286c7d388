# expect: drops the answers
iptables -P FORWARD DROP
iptables -A FORWARD -i br0 ! -o br0 -j ACCEPT
iptables -A FORWARD -d "$subnet.2" -p tcp --dport 80 -j ACCEPT
