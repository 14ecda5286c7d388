# red behind br0 as the bridge lab leaves it, and an internet behind wan0 that knows nothing of private networks.
set -e
ip netns add red
ip netns add internet
ip link add br0 type bridge
ip link add port-red type veth peer name eth0 netns red
ip link set port-red master br0
ip link add wan0 type veth peer name wan1 netns internet
for link in br0 port-red wan0 lo; do ip link set $link up; done
ip addr add "$subnet.254/24" dev br0
ip addr add "$wan/24" dev wan0
ip -n red link set lo up
ip -n red addr add "$subnet.1/24" dev eth0
ip -n red link set eth0 up
ip -n internet link set lo up
ip -n internet addr add 198.51.100.1/24 dev wan1
ip -n internet addr add "$server/32" dev lo
ip -n internet link set wan1 up
ip route add default via 198.51.100.1
mkdir -p /srv/internet
echo "The internet greets you." > /srv/internet/index.html
nsenter --net=/run/netns/internet busybox httpd -p "$server:80" -h /srv/internet
echo 0 > /proc/sys/net/ipv4/ip_forward
