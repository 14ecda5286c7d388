# expect: must be {{subnet}}.1/24
ip -n red addr add $subnet.1 dev veth-red
ip -n blue addr add $subnet.2 dev veth-blue
ip -n red link set veth-red up
ip -n blue link set veth-blue up
