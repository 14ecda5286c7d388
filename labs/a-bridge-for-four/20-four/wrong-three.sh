# expect: no network namespace named west
for n in north east south; do
    ip netns add "$n"
    ip link add "port-$n" type veth peer name eth0 netns "$n"
    ip link set "port-$n" master "$bridge"
done
