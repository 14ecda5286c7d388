# expect: still down
ip link add "$bridge" type bridge
