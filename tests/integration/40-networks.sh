#!/usr/bin/env bash
# Networks that people make, as they see them: hosts and networks kept apart, several networks on one container and which is the way
# out, connecting and disconnecting a container that runs or not, a daemon that is killed, documents that are lost, wrong input.
. "$(dirname "$0")/../lib.sh"

engine_start
quiet() { "$@" >"$TMP/out" 2>&1 || not_ok "$*" "$(cat "$TMP/out")"; }
text() { S inspect -f "$2" "$1"; }
networks() { text "$1" '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}'; }
address() { text "$1" "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}"; }
route() { S exec "$1" ip route | sed -n 's/^default //p' | sed 's/ $//'; }
pings() { S exec "$1" timeout 2 ping -c1 -W1 "$2" >/dev/null 2>&1 && echo yes || echo no; }
web='mkdir -p /w; hostname >/w/index.html; exec httpd -f -p 80 -h /w'
fetch() { curl -fsS --max-time 3 --retry 20 --retry-delay 0 --retry-all-errors "http://$1/"; }

# Two other machines on wires of their own, which send through this one.
for i in 1 2; do
    ip netns add "sln$i-$$" || exit 1
    ip link add "slw$i" type veth peer name far netns "sln$i-$$"
    ip addr add "192.0.2.$((i * 16 + 1))/28" dev "slw$i" && ip link set "slw$i" up
    nsenter --net="/run/netns/sln$i-$$" sh -c "ip link set lo up; ip addr add 192.0.2.$((i * 16 + 2))/28 dev far; ip link set far up; ip route add default via 192.0.2.$((i * 16 + 1))"
done
at_exit 'ip netns del "sln1-$$"; ip netns del "sln2-$$"'
host() { local i=$1; shift; nsenter --net="/run/netns/sln$i-$$" "$@"; }

# --- apart, and together

quiet S network create --subnet 10.31.1.0/24 a
quiet S network create --subnet 10.31.2.0/24 --label tier=back b
quiet S network create --subnet 10.31.3.0/24 --internal inside
for n in a b inside; do quiet S run -d --name "on-$n" --hostname "on-$n" --network $n --network-alias shared busybox sh -c "$web"; done
quiet S run -d --name a2 --network a -p 18081:80 --hostname a2 busybox sh -c "$web"

check_eq "on one network they reach each other" yes "$(pings a2 10.31.1.2)"
check_eq "and by name" yes "$(pings a2 on-a)"
check_eq "not another network" no "$(pings a2 10.31.2.2)"
check_eq "nor its names" no "$(pings a2 on-b)"
check_eq "nor the default bridge's way into one" no "$(S run --rm busybox ping -c1 -W1 10.31.1.2 >/dev/null 2>&1 && echo yes || echo no)"
check_eq "another machine reaches a published port" a2 "$(host 1 curl -fsS --max-time 3 --retry 9 --retry-delay 0 --retry-all-errors http://192.0.2.17:18081/)"
check_eq "hairpin: the container itself does, by the host's address" a2 "$(S exec a2 timeout 4 wget -qO- http://192.0.2.17:18081/)"
check_eq "so does one of another network" a2 "$(S exec on-b timeout 4 wget -qO- http://192.0.2.17:18081/)"
check_eq "one of an internal network does not" "" "$(S exec on-inside timeout 2 wget -qO- http://192.0.2.17:18081/ 2>/dev/null)"
check_eq "a container reaches another machine" yes "$(pings on-a 192.0.2.34)"
check_eq "one of an internal network does not reach it" no "$(pings on-inside 192.0.2.34)"
host 2 ip route add 10.31.0.0/16 via 192.0.2.33 2>/dev/null
check_eq "another machine does not get into an internal network" no "$(host 2 ping -c1 -W1 10.31.3.2 >/dev/null 2>&1 && echo yes || echo no)"

# --- several networks on one container

quiet S network connect --ip 10.31.2.77 --alias extra b a2
check_eq "connected while it runs, it has one more link" "eth0 eth1 lo" "$(S exec a2 ls /sys/class/net | tr '\n' ' ' | sed 's/ $//')"
check_eq "with the address that was asked for" 10.31.2.77 "$(address a2 b)"
check_eq "and reaches who is there" yes "$(pings a2 on-b)"
check_eq "it is found there by its alias" yes "$(pings on-b extra)"
check_eq "but not by that on its other network" no "$(pings on-a extra)"
check_eq "the first network by name stays the way out" "via 10.31.1.1 dev eth0" "$(route a2)"
quiet S network connect inside a2
check_eq "an internal network does not take the way out" "via 10.31.1.1 dev eth0" "$(route a2)"
check_match "a second time it is an error" "^Error response from daemon: endpoint with name a2 already exists in network b$" "$(S network connect b a2 2>&1)"
check_eq "inspect names all of them" "a b inside " "$(networks a2)"
check_eq "so does ps" "a,b,inside" "$(S ps --filter name=a2 --format '{{.Networks}}')"
check_eq "ps finds by network" "a2 on-b" "$(S ps --filter network=b --format '{{.Names}}' | sort | tr '\n' ' ' | sed 's/ $//')"
check_eq "network inspect has both" "a2 on-b" "$(S network inspect -f '{{range .Containers}}{{.Name}} {{end}}' b | tr ' ' '\n' | sort | xargs)"
quiet S rename a2 two
check_match "by the name that it has now" "two" "$(S network inspect -f '{{range .Containers}}{{.Name}} {{end}}' b)"
quiet S rename two a2

port=$(S port a2 80 | head -1)
quiet S network disconnect a a2
check_eq "without its way out it takes the next" "via 10.31.2.1 dev eth1" "$(route a2)"
check_eq "its published port has moved along" "$port" "$(S port a2 80 | head -1)"
check_eq "and is served there" a2 "$(fetch 127.0.0.1:18081)"
check_eq "the old address gets nothing any more" 0 "$(iptables -t nat -S DOCKER | grep -c 'to-destination 10.31.1.')"
quiet S network disconnect b a2
check_eq "left on an internal network it has no port" "" "$(S port a2)"
check_eq "nobody answers there" "" "$(curl -s --max-time 1 http://127.0.0.1:18081/)"
quiet S network connect a a2
check_eq "back on one with a way out it has it again" a2 "$(fetch 127.0.0.1:18081)"
check_eq "and the route" "via 10.31.1.1 dev eth0" "$(route a2 | sed 's/eth[0-9]/eth0/')"
quiet S network connect --gw-priority 5 b a2
check_eq "a higher priority takes the way out" "via 10.31.2.1" "$(route a2 | sed 's/ dev.*//')"
check_eq "with the ports" a2 "$(fetch 127.0.0.1:18081)"
quiet S run -d --name taken -p 18082:80 --network b busybox sleep 300
quiet S create --name both --network a --network name=b,ip=10.31.2.88,gw-priority=9 busybox sleep 300
quiet S start both
check_eq "run on two networks at once" "a b  via 10.31.2.1 dev eth1" "$(networks both) $(route both)"
quiet S restart -t 0 both
check_eq "a restart keeps all that" "a b  via 10.31.2.1 10.31.2.88" "$(networks both) $(route both | sed 's/ dev.*//') $(address both b)"

# --- while it does not run

quiet S stop -t 0 both
check_eq "stopped, it keeps its networks, without addresses" "a b :" "$(networks both):$(address both a)"
quiet S network disconnect b both
quiet S network connect --alias later inside both
check_eq "which can be changed" "a inside " "$(networks both)"
check_match "and not left twice" "container [0-9a-f]{64} is not connected to the network b$" "$(S network disconnect b both 2>&1)"
quiet S start both
check_eq "and hold at the next start" "via 10.31.1.1 dev eth0 yes" "$(route both) $(pings on-inside later)"
quiet S network create --subnet 10.31.9.0/24 brief
quiet S run -d --name left --network brief busybox sleep 300
id=$(S network inspect -f '{{.Id}}' brief)
check_match "a network with containers stays" "error while removing network: network brief id $id has active endpoints" "$(S network rm brief 2>&1)"
quiet S stop -t 0 left
check_eq "without running ones it goes" brief "$(S network rm brief 2>&1)"
check_match "its container does not start" "^Error response from daemon: network $id not found" "$(S start left 2>&1)"
quiet S network create --subnet 10.31.9.0/24 brief
check_match "another network of the name is not it" "network $id not found" "$(S start left 2>&1)"
quiet S network connect brief left
check_rc "once it is connected to that, it does" 0 S start left
S rm -f left >/dev/null; quiet S network rm brief
# A stop is answered before the network is taken down; who asks for it at the next moment does not notice.
at_once() { local all=() path; for path; do all+=(--next -s --unix-socket "$SOCK" -X "${path%%/*}" "http://d/${path#*/}"); done; curl "${all[@]:1}" | jq -r .message; }
said=
for _ in 1 2 3 4; do
    quiet S network create --subnet 10.31.12.0/24 gone
    for one in first second; do quiet S create --name $one --network gone --ip 10.31.12.9 -p 127.0.0.1:7788:80 busybox sleep 300; done
    quiet S start first
    said+=$(at_once 'DELETE/containers/first?force=true' POST/containers/second/start)
    said+=$(at_once 'POST/containers/second/stop?t=0' DELETE/networks/gone)
    quiet S rm -f second
done
check_eq "what has ended gives back address, port and network to whoever comes next" "" "$said"

# --- what names mean

id=$(S network inspect -f '{{.Id}}' a)
check_eq "a network is found by the beginning of its id" a "$(S network inspect -f '{{.Name}}' "${id:0:8}")"
quiet S run -d --name byid --network "${id:0:12}" busybox sleep 300
check_eq "run takes an id, too, and keeps what was given" "${id:0:12} a " "$(text byid '{{.HostConfig.NetworkMode}}') $(networks byid)"
check_eq "one that was made has no id of a network yet" "" "$(S create --name new --network a busybox >/dev/null && text new '{{.NetworkSettings.Networks.a.NetworkID}}')"
for i in $(seq 20); do S network create "many$i" >/dev/null; done
digit=$(S network ls -q --no-trunc | cut -c1 | sort | uniq -d | head -1)
check_match "the beginning of several ids is ambiguous" "network $digit is ambiguous \([0-9]+ matches found on ID prefix\)" "$(S network inspect "$digit" 2>&1)"
check_eq "labels are found" b "$(S network ls -qf label=tier=back --format '{{.Name}}')"
S network prune -f | grep -c '^many' >"$TMP/pruned"
check_eq "prune takes those without containers" 20 "$(cat "$TMP/pruned")"
check_eq "and no bridge of theirs is left" 4 "$(ip -o link show type bridge | wc -l)"
check_eq "rm -f forgives what is not there" "" "$(S network rm -f nosuch 2>&1)"
check_eq "rm goes on after an error" "Error response from daemon: network nosuch not found
exit status 1" "$(S network create one >/dev/null; S network rm nosuch one 2>&1 >/dev/null)"
check_eq "and has done the rest" 0 "$(S network ls -qf name=^one$ | wc -l)"
S rm -f new byid >/dev/null

# --- the address and the hardware address

quiet S run -d --name mac --network a --mac-address 02:42:aa:bb:cc:01 --ip 10.31.1.99 busybox sleep 300
quiet S network connect b mac
check_eq "an asked hardware address is for the first network" "02:42:aa:bb:cc:01 02:42:0a:1f:02" \
    "$(text mac '{{.NetworkSettings.Networks.a.MacAddress}}') $(text mac '{{.NetworkSettings.Networks.b.MacAddress}}' | cut -c1-14)"
check_match "an address that is taken" "Address already in use" "$(S run --rm --network a --ip 10.31.1.99 busybox true 2>&1)"
S rm -f mac >/dev/null

# --- events

since=$(date +%s.%N)
quiet S run -d --name ev --network a busybox sleep 300
quiet S network connect b ev
quiet S network disconnect b ev
quiet S rm -f ev
seen=$(S events --since "$since" --until "$(date +%s.%N)" --filter type=network --format '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.type}}')
check_eq "each connection is told" "connect a bridge
connect b bridge
disconnect b bridge
disconnect a bridge" "$seen"

# --- a daemon that is killed

quiet S run -d --name web --network a -p 18090:80 --hostname web busybox sh -c "$web"
quiet S network connect --ip 10.31.2.90 b web
before="$(networks web)$(address web a) $(address web b) $(route web)"
rules=$(iptables-save | grep -v '^[#:]')
engine_kill9
engine_start
check_eq "a new daemon knows all" "$before" "$(networks web)$(address web a) $(address web b) $(route web)"
check_eq "and has changed no rule" "$rules" "$(iptables-save | grep -v '^[#:]')"
quiet S network disconnect a web
check_eq "it moves route and ports" "via 10.31.2.1 web" "$(route web | sed 's/ dev.*//') $(fetch 127.0.0.1:18090)"
quiet S restart -t 0 web
check_eq "addresses that were asked for are kept" "b 10.31.2.90" "$(networks web)$(address web b)"
pid=$(text web '{{.State.Pid}}')
engine_kill9
ip link add vethabc1234 master slt0 up type veth peer name eth9 netns "$pid"
ip link add vethperson master slt0 type veth peer name person1
engine_start
check_eq "a wire that a killed daemon has left is removed, a person's stays" "eth0 lo vethperson" \
    "$(S exec web ls /sys/class/net | xargs) $(ip -o link show master slt0 | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | grep -v '^veth[0-9a-f]\{7\}$')"
ip link del vethperson
for moment in connect disconnect create rm; do
    case $moment in
    connect) S network connect a web >/dev/null 2>&1 & ;;
    disconnect) S network disconnect a web >/dev/null 2>&1 & ;;
    create) S network create --subnet 10.31.8.0/24 torn >/dev/null 2>&1 & ;;
    rm) S network rm torn >/dev/null 2>&1 & ;;
    esac
    sleep "0.00$((RANDOM % 9))"
    engine_kill9; wait $!
    engine_start
    check_eq "killed during $moment: the container runs on" "true" "$(text web '{{.State.Running}}')"
    S network connect a web >/dev/null 2>&1
    check_eq "and is connected as asked" "a b " "$(networks web)"
    [ $moment != rm ] || S network rm torn >/dev/null 2>&1
    [ $moment = create ] || check_eq "no network is left by half" 0 "$(S network ls -qf name=torn | wc -l)"
    [ $moment != create ] || S network create --subnet 10.31.8.0/24 torn >/dev/null 2>&1
done
quiet S restart -t 0 web
check_eq "a restart puts everything right" "eth0 eth1 lo" "$(S exec web ls /sys/class/net | xargs)"
check_eq "and its port works" web "$(fetch 127.0.0.1:18090)"

# --- documents that are lost

quiet S network create --subnet 10.31.7.0/24 lost
quiet S network create --subnet 10.31.6.0/24 broken
lost=$(S network inspect -f '{{.Id}}' lost) broken=$(S network inspect -f '{{.Id}}' broken)
quiet S run -d --name victim --network lost busybox sleep 300
quiet S network connect a victim
engine_kill9
rm "$DATA/network/$lost.json"
echo '{"Name": "bro' >"$DATA/network/$broken.json"
echo '{' >"$DATA/network/$broken.json.tmp-aBc123"
engine_start
check "what was half written when it was killed is cleared away" [ ! -e "$DATA/network/$broken.json.tmp-aBc123" ]
check_eq "the engine starts without the document of one and with half of another" "a b bridge host inside none" "$(S network ls --format '{{.Name}}' | sort | xargs)"
check_match "and says so" "$broken.json" "$(cat "$TMP/engine.log")"
check_eq "the container runs, on what is left" "true 10.31.1" "$(text victim '{{.State.Running}}') $(address victim a | cut -d. -f1-3)"
check_rc "the lost one can be given up by force" 0 S network disconnect -f lost victim
check_eq "then it is gone" "a " "$(networks victim)"
check_rc "and the container starts again" 0 S restart -t 0 victim

# --- wrong input

bridges=$(ip -o link show type bridge | wc -l)
while IFS='|' read -r command code words; do
    read -ra argv <<<"$command"
    out=$(S "${argv[@]}" 2>&1 </dev/null); rc=$?
    if [ "$rc" = "$code" ] && grep -Eq -- "$words" <<<"$(head -1 <<<"$out")"; then ok "$command"; else not_ok "$command" "exit: $rc, wanted $code" "wanted: $words" "got: $out"; fi
done <<'END'
network create a|1|^Error response from daemon: network with name a already exists$
network create host|1|^Error response from daemon: operation is not permitted on predefined host network$
network create --subnet 10.31.1.128/25 over|1|^Error response from daemon: Pool overlaps with other one on this address space$
network create --subnet nonsense over|1|^Error response from daemon: Invalid subnet .*invalid CIDR address
network create --subnet 10.40.0.0/33 over|1|^Error response from daemon: Invalid subnet .*invalid CIDR address
network create -d nosuch over|1|^Error response from daemon: (could not find plugin|plugin "nosuch" not found)
network create --config-only over|1|^Error response from daemon: .*swarm
network create --config-from a over|1|^Error response from daemon: .*swarm
network create --ingress over|1|^Error response from daemon: .*swarm
network create --scope swarm over|1|^Error response from daemon: .*swarm
network create --ipv4=false over|1|^Error response from daemon: .*IPv4
network create --ipam-driver nosuch over|1|^Error response from daemon: .*nosuch
network create -o com.docker.network.bridge.name=much-too-long-for-a-link over|1|^Error response from daemon: 
network create -o com.docker.network.bridge.name=slt0 over|1|^Error response from daemon: .*slt0
network create -o com.docker.network.driver.mtu=x over|1|^Error response from daemon: 
network create -o com.docker.network.bridge.enable_icc=maybe over|1|^Error response from daemon: 
network create no/slash|1|^Error response from daemon: 
network connect nosuch web|1|^Error response from daemon: network nosuch not found$
network connect a nosuch|1|^Error response from daemon: No such container: nosuch$
network connect host web|1|^Error response from daemon: container cannot be disconnected from host network or connected to host network$
network connect none web|1|^Error response from daemon: container cannot be connected to multiple networks with one of the networks in private \(none\) mode$
network connect --ip xyz inside web|1|^Error response from daemon: invalid IPv4 address: xyz$
network connect --ip6 10.1.1.1 inside web|1|^Error response from daemon: invalid IPv6 address: 10.1.1.1$
network connect --ip 10.77.0.1 inside web|1|^Error response from daemon: Invalid address 10.77.0.1: It does not belong to any of this network's subnets$
network connect --ip 10.31.3.1 inside web|1|^Error response from daemon: Address already in use$
network connect --link-local-ip 169.254.3.3 inside web|1|^Error response from daemon: link-local addresses
network connect --driver-opt com.docker.network.endpoint.ifname=x inside web|1|^Error response from daemon: driver option
network connect --alias x bridge web|1|^Error response from daemon: network-scoped alias is supported only for containers in user defined networks$
network connect --ip 10.213.0.9 bridge web|1|^Error response from daemon: user specified IP address is supported on user defined networks only$
network disconnect inside web|1|^Error response from daemon: container [0-9a-f]+ is not connected to network inside$
network disconnect none web|1|^Error response from daemon: container [0-9a-f]+ is not connected to network none$
network disconnect nosuch web|1|^Error response from daemon: network nosuch not found$
network rm bridge|1|^Error response from daemon: bridge is a pre-defined network and cannot be removed$
network rm a|1|^Error response from daemon: error while removing network: network a id [0-9a-f]+ has active endpoints$
network inspect nosuch|1|^\[\]$
run --rm --network nosuch busybox true|125|^slipway: Error response from daemon: network nosuch not found$
run --rm --network host --network a busybox true|125|conflicting options: cannot attach both user-defined and non-user-defined network-modes
run --rm --network bridge --network-alias x busybox true|125|network-scoped aliases are only supported for user-defined networks
END
check_eq "nothing that was refused has left a bridge" "$bridges" "$(ip -o link show type bridge | wc -l)"

S ps -aq | xargs "$B/slipway" rm -f >/dev/null
quiet S network prune -f
check_eq "all containers gone, prune leaves Docker's three" "bridge host none" "$(S network ls --format '{{.Name}}' | xargs)"
no_veths() { ! ip -o link show type veth | grep -qv slw; }
check "no wire is left" wait_for 5 no_veths
check_eq "no rule names an address of theirs" 0 "$(iptables-save | grep -c '10\.31\.[123]\.')"
finish
