#!/usr/bin/env bash
# Networks with IPv6, on a parent link (macvlan, ipvlan), and from pools; what is refused, and with which words.
. "$(dirname "$0")/../lib.sh"

echo '{"default-address-pools":[{"base":"10.221.0.0/22","size":24}],"ip6tables":true}' >"$TMP/daemon.json"
ip link add slpmachine type bridge # something of the machine in the middle of the pool
ip route add 10.221.1.0/25 dev lo
engine_start --config-file "$TMP/daemon.json"
quiet() { "$@" >"$TMP/out" 2>&1 || not_ok "$*" "$(cat "$TMP/out")"; }
config() { S network inspect -f '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}};{{end}}' "$1"; }
fails() { check_match "$1" "$2" "$("${@:3}" 2>&1 && echo unexpected success)"; }
gone() { ! ip link show "$1" >/dev/null 2>&1; }

# --- pools
quiet S network create p1
quiet S network create p2
check_eq "a network gets the next subnet of the pools that no route has" "10.221.0.0/24 10.221.0.1;10.221.2.0/24 10.221.2.1;" "$(config p1)$(config p2)"
quiet S network create p3
fails "pools that are exhausted" "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network" S network create p4
quiet S network rm p2
quiet S network create p4
check_eq "a subnet that is free again is given again" "10.221.2.0/24 10.221.2.1;" "$(config p4)"
quiet S network rm p1 p3 p4
ip route del 10.221.1.0/25 dev lo

# --- subnets with ranges and addresses that are taken
quiet S network create --subnet 10.222.0.0/24 --gateway 10.222.0.254 --ip-range 10.222.0.8/30 --aux-address router=10.222.0.9 ranged
quiet S run -d --name g1 --network ranged busybox sleep 300
quiet S run -d --name g2 --network ranged busybox sleep 300
address() { S inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}}{{end}}' "$1"; }
check_eq "addresses come out of the range, but those kept for others" "10.222.0.8 10.222.0.10 " "$(address g1)$(address g2)"
fails "an address that is taken" "Address already in use" S run --rm --network ranged --ip 10.222.0.8 busybox true
fails "an address outside the subnet" "Invalid address 10.223.0.8: It does not belong to any of this network's subnets" S run --rm --network ranged --ip 10.223.0.8 busybox true
quiet S run -d --name g3 --network ranged busybox sleep 300
fails "a range that is used up" "no available IPv4 addresses on this network's address pools: ranged \([0-9a-f]{64}\)" S run --rm --network ranged busybox true
S rm -f g1 g2 g3 >/dev/null
fails "overlapping subnets" "Pool overlaps with other one on this address space" S network create --subnet 10.222.0.128/25 over
fails "two subnets of one family" "bridge driver doesn't support multiple subnets" S network create --subnet 10.224.0.0/24 --subnet 10.225.0.0/24 two
body() { api POST /networks/create -H 'Content-Type: application/json' -d "{\"Name\":\"bad\",\"IPAM\":{\"Config\":[$1]}}" | jq -r .message; }
check_eq "a gateway of another subnet" "no matching subnet for gateway 10.1.1.1" "$(body '{"Subnet":"10.224.0.0/24","Gateway":"10.1.1.1"}')"
check_eq "a range of another subnet" "no matching subnet for range 10.1.1.0/28" "$(body '{"Subnet":"10.224.0.0/24","IPRange":"10.1.1.0/28"}')"
check_eq "a kept address of another subnet" "no matching subnet for aux-address 10.1.1.1" "$(body '{"Subnet":"10.224.0.0/24","AuxiliaryAddresses":{"a":"10.1.1.1"}}')"
check_match "a kept address that is the gateway" "failed to allocate secondary ip address \(a:10.224.0.1\): Address already in use" \
    "$(body '{"Subnet":"10.224.0.0/24","Gateway":"10.224.0.1","AuxiliaryAddresses":{"a":"10.224.0.1"}}')"
check_eq "nothing of what failed is left" "ranged" "$(S network ls --filter type=custom --format '{{.Name}}')"
quiet S network rm ranged

# --- IPv6
fails "IPv6 without a subnet or a pool of it" "could not find an available, non-overlapping IPv6 address pool" S network create --ipv6 six
quiet S network create --ipv6 --subnet fd00:5::/64 --subnet 10.226.0.0/24 -o com.docker.network.bridge.name=slpsix six
check_eq "a network of both families" "10.226.0.0/24 ;fd00:5::/64 ;" "$(config six)"
web='mkdir /w; echo six >/w/index.html; exec httpd -f -p 80 -h /w'
quiet S run -d --name s1 --network six -p 18601:80 busybox sh -c "$web"
quiet S run -d --name s2 --network six --ip6 fd00:5::77 busybox sleep 300
check_eq "each has an address of both" "10.226.0.2 fd00:5::2 10.226.0.3 fd00:5::77" "$(address s1) $(address s2)"
check_eq "inspect tells length and gateway" "64 fd00:5::1" "$(S inspect -f '{{range .NetworkSettings.Networks}}{{.GlobalIPv6PrefixLen}} {{.IPv6Gateway}}{{end}}' s1)"
check_eq "so does the network" "fd00:5::2/64" "$(S network inspect -f '{{range .Containers}}{{if eq .Name "s1"}}{{.IPv6Address}}{{end}}{{end}}' six)"
check_match "the bridge has the gateway" "inet6 fd00:5::1/64" "$(ip -6 addr show dev slpsix)"
check_match "the container has a default route" "default via fd00:5::1 dev eth0" "$(S exec s1 ip -6 route)"
fetch6() { S exec s2 timeout 3 wget -qO- 'http://[fd00:5::2]/index.html'; }
check "containers reach each other by IPv6" wait_for 10 fetch6
check_eq "the host reaches them" six "$(curl -gfsS --max-time 3 --retry 10 --retry-delay 0 --retry-all-errors 'http://[fd00:5::2]/index.html')"
check_eq "a published port answers on ::1" six "$(curl -gfsS --max-time 3 'http://[::1]:18601/index.html')"
check_match "with ip6tables the network is masqueraded" "-A POSTROUTING -s fd00:5::/64 ! -o slpsix -j MASQUERADE" "$(ip6tables -t nat -S)"
check_match "and kept apart" "-A DOCKER-ISOLATION-STAGE-1 -i slpsix ! -o slpsix -j DOCKER-ISOLATION-STAGE-2" "$(ip6tables -S)"
ip netns add "slp6-$$"
at_exit 'ip netns del "slp6-$$" 2>/dev/null'
ip link add slpwire type veth peer name far netns "slp6-$$"
ip addr add fd00:bb::1/64 dev slpwire nodad && ip link set slpwire up
nsenter --net="/run/netns/slp6-$$" sh -c 'ip addr add fd00:bb::2/64 dev far nodad; ip link set far up'
check "and reaches other machines, masqueraded" wait_for 5 S exec s1 ping -6 -c 1 -W 1 fd00:bb::2
check_match "a container without IPv6 has none" '^$' "$(S run --rm busybox ip -6 addr)"
fails "an IPv6 address on a network without" "does not belong to any of this network's subnets|user specified IP address is supported" \
    sh -c "$B/slipway network create --subnet 10.227.0.0/24 four && $B/slipway run --rm --network four --ip6 fd00::9 busybox true"
quiet S network connect four s2
check_eq "a second network leaves the first's IPv6" "default via fd00:5::1 dev eth" "$(S exec s2 ip -6 route | grep -o 'default via fd00:5::1 dev eth')"
engine_kill9
engine_start --config-file "$TMP/daemon.json"
check_eq "a new daemon knows the addresses" "10.226.0.2 fd00:5::2" "$(address s1)"
fails "and that they are taken" "Address already in use" S run --rm --network six --ip6 fd00:5::2 busybox true
check_eq "and the ports" six "$(curl -gfsS --max-time 3 'http://[::1]:18601/index.html')"
S rm -f s1 s2 >/dev/null
quiet S network rm six four
check_no_match "all rules for IPv6 are gone" "slpsix" "$(ip6tables-save)"
check "and the bridge" gone slpsix

# --- macvlan
ip link add slplan type veth peer name slppeer
ip link set slplan up; ip link set slppeer up; ip addr add 10.228.0.1/24 dev slppeer
fails "a mode that is none" "requested macvlan mode 'router' is not valid, 'bridge' mode is the macvlan driver default" \
    S network create -d macvlan --subnet 10.228.0.0/24 -o parent=slplan -o macvlan_mode=router mv
fails "a parent that is not there" "the requested parent interface nowhere0 was not found on the Docker host" \
    S network create -d macvlan --subnet 10.228.0.0/24 -o parent=nowhere0 mv
fails "a number of a VLAN that is none" "vlan id must be between 1-4094, received: 5000" S network create -d macvlan --subnet 10.228.0.0/24 -o parent=slplan.5000 mv
fails "loopback" "loopback interface is not a valid macvlan parent link" S network create -d macvlan --subnet 10.228.0.0/24 -o parent=lo mv
for kind in vlan dummy; do
    parent=slplan.50; [ $kind = dummy ] && parent=
    if ip link add slpprobe type dummy 2>/dev/null; then ip link del slpprobe; skip "a parent that is made" "$kind links are there"; continue; fi
    fails "a kernel without $kind links" "operation not supported: this kernel has no $kind links" \
        S network create -d macvlan --subnet 10.228.0.0/24 ${parent:+-o parent=$parent} mv
done
if ip link add slpprobe link slplan type macvlan mode bridge 2>/dev/null; then
    ip link del slpprobe
    quiet S network create -d macvlan --subnet 10.228.0.0/24 --gateway 10.228.0.1 --ip-range 10.228.0.64/26 -o parent=slplan mv
    fails "a parent that another network has" "is already using parent interface slplan" S network create -d macvlan --subnet 10.229.0.0/24 -o parent=slplan mv2
    quiet S run -d --name m1 --network mv -p 18602:80 busybox sleep 300
    quiet S run -d --name m2 --network mv busybox sleep 300
    check_eq "containers get addresses of the range" "10.228.0.64 10.228.0.65 " "$(address m1)$(address m2)"
    check_match "they are machines of the parent's network" "eth0@.*$" "$(S exec m1 ip link show eth0)"
    check "they reach each other" S exec m1 ping -c 1 -W 2 10.228.0.65
    check "and the router" S exec m1 ping -c 1 -W 2 10.228.0.1
    check_match "whose address is their route" "default via 10.228.0.1 dev eth0" "$(S exec m1 ip route)"
    check_eq "no port is published" "" "$(S port m1)"
    check_no_match "and no rule written" "10\.228\.0\.64" "$(iptables-save)"
    quiet S network disconnect mv m2
    check_match "disconnected while it runs, the link is gone" "lo" "$(S exec m2 ls /sys/class/net)"
    check_no_match "and nothing else is there" "eth0" "$(S exec m2 ls /sys/class/net)"
    quiet S network connect mv m2
    check "connected again it reaches the other" S exec m2 ping -c 1 -W 2 10.228.0.64
    engine_kill9
    engine_start --config-file "$TMP/daemon.json"
    fails "a new daemon knows its addresses" "Address already in use" S run --rm --network mv --ip 10.228.0.64 busybox true
    S rm -f m1 m2 >/dev/null
    quiet S network rm mv
    check "the parent stays" ip link show slplan
    quiet S network create -d macvlan --subnet 10.228.0.0/24 -o parent=slplan -o macvlan_mode=passthru through
    quiet S run -d --name m3 --network through busybox sleep 300
    check_match "passthru gives the whole parent to one" "in use already|busy" "$(S run --rm --network through busybox true 2>&1)"
    S rm -f m3 >/dev/null
    quiet S network rm through
else
    fails "a kernel without macvlan" "operation not supported: this kernel has no macvlan links" \
        sh -c "$B/slipway network create -d macvlan --subnet 10.228.0.0/24 -o parent=slplan mv && $B/slipway run --rm --network mv busybox true"
fi

# --- ipvlan
if ip link add slpprobe link slplan type ipvlan mode l2 2>/dev/null; then
    ip link del slpprobe
    quiet S network create -d ipvlan --subnet 10.228.0.0/24 -o parent=slplan -o ipvlan_mode=l3 iv
    quiet S run -d --name i1 --network iv busybox sleep 300
    check_match "ipvlan l3 routes through the link" "default dev eth0" "$(S exec i1 ip route)"
    S rm -f i1 >/dev/null
    quiet S network rm iv
else
    fails "a kernel without ipvlan" "operation not supported: this kernel has no ipvlan links" \
        sh -c "$B/slipway network create -d ipvlan --subnet 10.228.0.0/24 -o parent=slplan iv && $B/slipway run --rm --network iv busybox true"
fi
# --- the daemon's settings for the default network
S rm -f s1 s2 >/dev/null 2>&1
engine_stop
engine_start --ipv6 --fixed-cidr-v6 fd00:9::/64 --icc=false --ip-masq=false
quiet S run -d --name six busybox sleep 300
default6() { S inspect -f '{{.NetworkSettings.GlobalIPv6Address}} {{.NetworkSettings.GlobalIPv6PrefixLen}} {{.NetworkSettings.IPv6Gateway}}' six; }
check_eq "--ipv6 gives the default network IPv6" "fd00:9::2 64 fd00:9::1" "$(default6)"
check "which works" S exec six ping -6 -c 1 -W 2 fd00:9::1
check_match "--icc=false" "-A FORWARD -i slt0 -o slt0 -j DROP" "$(iptables -S)"
check_no_match "--ip-masq=false" "slt0 -j MASQUERADE" "$(iptables -t nat -S)"
engine_kill9
engine_start --ipv6 --fixed-cidr-v6 fd00:9::/64
check_eq "a new daemon knows the address" "fd00:9::2 64 fd00:9::1" "$(default6)"
check_match "other settings replace the rules" "-A FORWARD -i slt0 -o slt0 -j ACCEPT" "$(iptables -S)"
check_no_match "of those before" "-i slt0 -o slt0 -j DROP" "$(iptables -S)"
check_match "--ipv6 alone" '"ipv6" needs "fixed-cidr-v6"' \
    "$("$B/slipwayd" --ipv6 --data-root "$TMP/d6" --exec-root "$TMP/exec6" -H "unix://$TMP/6.sock" --bridge slt6 --bip 10.233.0.1/24 2>&1)"
S rm -f six >/dev/null
check_eq "no container is left by what failed" "" "$(S ps -aq --filter status=running)"
finish
