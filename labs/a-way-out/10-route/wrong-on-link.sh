# expect: needs a next hop
ip -n red route add default dev eth0
