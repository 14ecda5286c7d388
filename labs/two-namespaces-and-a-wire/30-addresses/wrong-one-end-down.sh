# expect: veth-blue is still down
ip -n red addr add $subnet.1/24 dev veth-red
ip -n blue addr add $subnet.2/24 dev veth-blue
ip -n red link set veth-red up
