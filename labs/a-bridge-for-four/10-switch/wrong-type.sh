# expect: no bridge
ip link add "$bridge" type veth peer name other
ip link set "$bridge" up
