ip -n red link del veth-red 2>/dev/null
ip -n blue link del veth-blue 2>/dev/null
ip link del veth-red 2>/dev/null
ip link add veth-red netns red type veth peer name veth-blue netns blue
