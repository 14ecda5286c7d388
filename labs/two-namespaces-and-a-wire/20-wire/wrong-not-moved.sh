# expect: still outside
ip link add veth-red type veth peer name veth-blue
ip link set veth-red netns red
