for n in $names; do
    [ -e "/run/netns/$n" ] || ip netns add "$n"
    ip link del "port-$n" 2>/dev/null
    ip link add "port-$n" type veth peer name eth0 netns "$n"
    ip link set "port-$n" master "$bridge"
done
