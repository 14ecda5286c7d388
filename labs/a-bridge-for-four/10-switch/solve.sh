[ -e "/sys/class/net/$bridge" ] || ip link add "$bridge" type bridge
ip link set "$bridge" up
