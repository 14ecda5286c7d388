# Done when red and blue know each other's hardware address and at least two unicast packets crossed each way.
packets() { nsenter --net=/run/netns/$1 cat /proc/net/dev | sed -nE "s/^ *veth-$1: *[0-9]+ +([0-9]+).*/\1/p"; }
address() { ip -n $1 -o link show dev veth-$1 | sed -nE 's/.*link\/ether ([0-9a-f:]+).*/\1/p'; }
neighbour() { ip -n $1 neigh show $2 dev veth-$1 | sed -nE 's/.*lladdr ([0-9a-f:]+).*/\1/p'; }
if [ "$(neighbour red $subnet.2)" != "$(address blue)" ]; then
    echo "red has not reached $subnet.2 yet: it does not know whose hardware address answers there."
    exit 1
fi
if [ "$(neighbour blue $subnet.1)" != "$(address red)" ]; then
    echo "blue does not know red's hardware address yet: send the ping from red to blue."
    exit 1
fi
if [ "$(packets red)" -lt 2 ] || [ "$(packets blue)" -lt 2 ]; then
    echo "Hardly a packet has crossed the wire; send a few pings."
    exit 1
fi
