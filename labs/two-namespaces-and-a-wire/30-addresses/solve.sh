ip -n red addr replace $subnet.1/24 dev veth-red
ip -n blue addr replace $subnet.2/24 dev veth-blue
ip -n red link set veth-red up
ip -n blue link set veth-blue up
