rules | grep -q . || iptables -t nat -A POSTROUTING -s "$subnet.0/24" ! -o br0 -j MASQUERADE
inside red ping -q -c 1 -W 1 "$server"
