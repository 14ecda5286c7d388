# expect: not into
ip link add other type bridge
for n in $names; do
    ip netns add "$n"
    ip link add "port-$n" type veth peer name eth0 netns "$n"
    ip link set "port-$n" master other
done
