# expect: has no master
for n in $names; do
    ip netns add "$n"
    ip link add "port-$n" type veth peer name eth0 netns "$n"
done
