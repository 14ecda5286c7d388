# expect: two different pairs
ip link add veth-red netns red type veth peer name other-red
ip link add veth-blue netns blue type veth peer name other-blue
