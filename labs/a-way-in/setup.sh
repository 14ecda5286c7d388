# A web server behind br0, and two neighbours of the machine on a second bridge.
set -e
for n in web friend stranger; do ip netns add $n; ip -n $n link set lo up; done
ip link add br0 type bridge
ip link add lan0 type bridge
ip link add port-web type veth peer name eth0 netns web
ip link set port-web master br0
for n in friend stranger; do
    ip link add port-$n type veth peer name eth0 netns $n
    ip link set port-$n master lan0
done
for link in br0 lan0 port-web port-friend port-stranger lo; do ip link set $link up; done
ip addr add "$subnet.254/24" dev br0
ip addr add "$wan/24" dev lan0
ip -n web addr add "$subnet.2/24" dev eth0
ip -n friend addr add "$friend/24" dev eth0
ip -n stranger addr add "$stranger/24" dev eth0
for n in web friend stranger; do ip -n $n link set eth0 up; done
ip -n web route add default via "$subnet.254"
echo 1 > /proc/sys/net/ipv4/ip_forward
iptables -t nat -A POSTROUTING -s "$subnet.0/24" ! -o br0 -j MASQUERADE
mkdir -p /srv/www
echo "This is the page of the web server." > /srv/www/index.html
nsenter --net=/run/netns/web busybox httpd -p 80 -h /srv/www
