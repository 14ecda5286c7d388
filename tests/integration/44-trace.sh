#!/bin/bash
# trace-packet: for each way that a packet can end, the steps on it and the verdict; with iptables on nf_tables (the kernel's nftables
# trace) and with its legacy tables (their TRACE target).
. "$(dirname "$0")/../lib.sh"

# trace FROM TO [PROTO]: into $OUT, exit code in $RC.
trace() { OUT=$(S trace-packet --from "$1" --to "$2" --proto "${3:-tcp}" 2>&1); RC=$?; VERDICT=$(tail -1 <<<"$OUT"); }
verdict() { check_match "$backend: $1" "$2" "$VERDICT"; }
step() { check_match "$backend: $1" "$2" "$OUT"; }
equal() { check_eq "$backend: $1" "$2" "$3"; }
rule4() { "$backend" -w 10 "$@"; }
rule6() { "ip6${backend#ip}" -w 10 "$@"; }
answered6() { trace tr62 '[fd44:6::2]:80'; [ "$VERDICT" = "answered by tr61, tcp port 80" ]; } # once duplicate addresses have been looked for

# What a trace puts into the namespaces of the host and of containers.
inside() { local pid=$1; shift; if [ "$pid" = 1 ]; then "$@"; else nsenter -t "$pid" -n "$@"; fi; }
put_there() {
    local pid
    for pid in 1 "$@"; do
        case $backend in
        iptables-nft) inside "$pid" nft list tables ;;
        *) inside "$pid" iptables-legacy-save -t raw; inside "$pid" ip6tables-legacy-save -t raw ;;
        esac
    done | grep -c slipway-trace
}
logger() { inside "$1" cat "/proc/sys/net/netfilter/nf_log/$2"; }
appeared() { [ "$(put_there)" != 0 ]; }
swept() { [ "$(put_there "$@")" = 0 ]; }

replay() {
backend=$1
export SLIPWAY_IPTABLES=$1
DATA=$TMP/$1-data EXEC=$TMP/$1-exec
engine_start
S network create --subnet 10.44.1.0/24 na >/dev/null
S network create --subnet 10.44.2.0/24 nb >/dev/null
S network create --internal --subnet 10.44.3.0/24 ni >/dev/null
S network create --subnet 10.44.4.0/24 -o com.docker.network.bridge.enable_icc=false nq >/dev/null
S run -d --name tra --network na -p 18044:80 busybox httpd -f -p 80 >/dev/null
S run -d --name trb --network na busybox sleep 1000 >/dev/null
S run -d --name trc --network nb busybox sleep 1000 >/dev/null
S run -d --name tri --network ni busybox sleep 1000 >/dev/null
S run -d --name trq1 --network nq busybox sleep 1000 >/dev/null
S run -d --name trq2 --network nq busybox sleep 1000 >/dev/null

trace trb tra:80
verdict "two on one bridge: answered" '^answered by tra, tcp port 80$'
equal "answered is exit code 0" 0 "$RC"
step "the route of the source" 'route: 10\.44\.1\.2 dev eth0 src 10\.44\.1\.3'
step "the wire and the bridge" 'eth0 of trb is wired to veth[0-9a-f]+ of host, a port of bridge br-[0-9a-f]+ \(network na\)'
step "it arrives" '10\.44\.1\.3:[0-9]+ > 10\.44\.1\.2:80 comes into tra by eth0'
equal "one packet is told of, not the whole connection" 1 "$(grep -c 'comes into tra' <<<"$OUT")"

trace trb tra:81
verdict "nothing listens: refused" '^arrived at tra, tcp port 81, and was refused: nothing listens there \(RST\)$'
equal "refused is exit code 2" 2 "$RC"
trace trb tra:99 udp
verdict "UDP refused" 'udp port 99, and was refused: nothing listens there \(ICMP port unreachable\)'
trace trb tra icmp
verdict "an echo is answered" '^answered by tra$'

trace trc tra:80
verdict "across networks: dropped, by which rule and why" \
    '^dropped by filter DOCKER-ISOLATION-STAGE-2 rule [0-9]+ in host: networks nb and na are kept apart$'
step "every chain on the way" 'filter FORWARD rule 1: jump DOCKER-USER'
step "up to the last" 'filter DOCKER-ISOLATION-STAGE-1 rule [0-9]+: jump DOCKER-ISOLATION-STAGE-2'

trace host tra:80
verdict "host to container" '^answered by tra, tcp port 80$'
step "through the bridge's port" 'hands it to its port veth[0-9a-f]+, wired to eth0 of tra'
trace host 10.213.0.1:18044
verdict "a published port" '^answered by tra, tcp port 80$'
step "the rule that translates" 'nat DOCKER rule [0-9]+: DNAT .*--dport 18044 -j DNAT --to-destination 10\.44\.1\.2:80'
step "addresses before and after" 'rewritten: 10\.213\.0\.1:([0-9]+) > 10\.213\.0\.1:18044 becomes .* > 10\.44\.1\.2:80'
trace host 127.0.0.1:18044
verdict "a published port on 127.0.0.1 is the proxy's" "the engine's userland proxy, which hands it on to tra"

trace trb 192.0.2.1:80
verdict "to the internet without a route" '^the host has no route to 192\.0\.2\.1$'
ip link add tup0 type veth peer name tup1
ip addr add 192.0.2.9/24 dev tup0; ip link set tup0 up; ip link set tup1 up
ip route add default via 192.0.2.1
trace trb 203.0.113.5:80
verdict "with one, and nobody who answers" '^it left this machine by tup0; no answer from 203\.0\.113\.5 within a second$'
step "masqueraded" 'source rewritten: 10\.44\.1\.3:[0-9]+ > 203\.0\.113\.5:80 becomes 192\.0\.2\.9:'
trace tri 203.0.113.5:80
verdict "out of an internal network" 'network ni is internal'
trace trq1 trq2:80
verdict "icc off" 'dropped by filter FORWARD rule [0-9]+ in host: containers on network nq may not talk to each other'

rule4 -I DOCKER-USER -p tcp --dport 80 -j DROP
trace trb 203.0.113.5:80
verdict "a rule of a person in DOCKER-USER" '^dropped by filter DOCKER-USER rule 1 in host: a rule that a person has written: -A DOCKER-USER -p tcp -m tcp --dport 80 -j DROP$'
rule4 -R DOCKER-USER 1 -p tcp --dport 80 -j REJECT
trace trb 203.0.113.5:80
verdict "REJECT is told apart" '^rejected by filter DOCKER-USER rule 1'
rule4 -D DOCKER-USER 1
sysctl -qw net.ipv4.ip_forward=0
trace trb 203.0.113.5:80
verdict "forwarding switched off" '^the host does not forward: net\.ipv4\.ip_forward is 0$'
sysctl -qw net.ipv4.ip_forward=1

S network create --ipv6 --subnet 10.44.6.0/24 --subnet fd44:6::/64 n6 >/dev/null
S run -d --name tr61 --network n6 busybox httpd -f -p 80 >/dev/null
S run -d --name tr62 --network n6 busybox sleep 1000 >/dev/null
check "$backend: IPv6: answered" wait_for 8 answered6
trace tr62 '[fd44:6::2]:80'
step "with its addresses" '\[fd44:6::3\]:[0-9]+ > \[fd44:6::2\]:80 comes into tr61 by eth0'
trace tr62 fd44:6::2 icmp
verdict "an echo of IPv6" '^answered by tr61$'
rule6 -I FORWARD -p tcp --dport 80 -j DROP
trace tr62 '[fd44:6::2]:80'
verdict "a rule of ip6tables" '^dropped by filter FORWARD rule 1 in host: a rule that a person has written'
rule6 -D FORWARD 1

trace trb 127.0.0.11:53 udp
step "inside the container: the rules of the DNS server" 'nat DOCKER_OUTPUT rule [0-9]+: DNAT'
equal "--json gives the document" "dropped trc $2" \
    "$(S trace-packet --from trc --to tra:80 --json | jq -r '"\(.verdict.result) \(.from.namespace) \(.backend)"')"
equal "who wrote the rule that dropped it" "engine na" \
    "$(S trace-packet --from trc --to tra:80 --json | jq -r '.hops[-1] | "\(.by) \(.network)"')"

pid_a=$(S inspect -f '{{.State.Pid}}' tra) pid_b=$(S inspect -f '{{.State.Pid}}' trb)
if [ "$backend" = iptables-legacy ] || command -v nft >/dev/null; then
    leaves_nothing
else
    skip "$backend: nothing of it is left" "no nft to look with"
fi
[ "$backend" = iptables-nft ] || legacy_only
}

leaves_nothing() {
    equal "nothing of it is left in host and containers" 0 "$(put_there "$pid_a" "$pid_b")"
    S trace-packet --from trb --to 203.0.113.5:81 >/dev/null 2>&1 & TRACING=$!
    check "$backend: it is there while a packet is on its way" wait_for 5 appeared
    engine_kill9
    [ "$backend" = iptables-legacy ] || equal "nor when the daemon is killed meanwhile" 0 "$(put_there)"
    wait "$TRACING"
    engine_start
    check "$backend: nor after the next start" wait_for 5 swept "$pid_a" "$pid_b"
}

legacy_only() {
    equal "the host's logger is what it was" NONE "$(logger 1 2)"
    equal "and so is the container's" nf_log_ipv4 "$(logger "$pid_b" 2)"
    rule4 -t raw -I PREROUTING -s 203.0.113.9 -j DROP
    rule4 -t raw -A OUTPUT -p tcp --dport 80 -d 10.44.1.2 -j DROP
    trace host tra:80
    verdict "a rule in raw has its own number" '^dropped by raw OUTPUT rule 1 in host: a rule that a person has written: -A OUTPUT -d 10\.44\.1\.2/32'
    equal "the rules of a person in raw are still there" 2 "$(rule4 -t raw -S | grep -c '^-A')"
    rule4 -t raw -F
    S trace-packet --from trc --to tra:80 >/dev/null & TRACING=$!
    trace trb tra:80
    verdict "two at a time" '^answered by tra'
    wait "$TRACING"
    rule4 -I DOCKER-USER -j DROP
    trace trb 203.0.113.5:80
    verdict "a rule without conditions" '^dropped by filter DOCKER-USER rule 1 in host: a rule that a person has written: -A DOCKER-USER -j DROP$'
    rule4 -D DOCKER-USER -j DROP
    rule4 -N mine; rule4 -I DOCKER-USER -p tcp --dport 80 -g mine; rule4 -A mine -d 203.0.113.5 -j REJECT
    trace trb 203.0.113.5:80
    step "a goto" 'filter DOCKER-USER rule 1: goto mine'
    verdict "into a chain of a person" '^rejected by filter mine rule 1 in host'
    rule4 -D DOCKER-USER 1; rule4 -F mine; rule4 -X mine
    OUT=$(S trace-packet --from trb --to tra:80 --json | jq -r '.steps[].command')
    step "its steps are commands: what marks the packet" \
        'ip netns exec trb iptables -t raw -I OUTPUT -s 10\.44\.1\.3 -d 10\.44\.1\.2 -p tcp -m tcp --sport [0-9]+ --dport 80 .*-j TRACE'
    step "who is told" '^sysctl -w net\.netfilter\.nf_log\.2=nfnetlink_log'
    step "and how it is undone" '^iptables -t raw -D PREROUTING'
    step "the logger too" '^sysctl -w net\.netfilter\.nf_log\.2=NONE'
    echo nf_log_ipv4 >/proc/sys/net/netfilter/nf_log/2
}

end_backend() {
    engine_stop
    for table in nat filter; do for rule in rule4 rule6; do $rule -t $table -F; $rule -t $table -X; done; done
    rule4 -P FORWARD ACCEPT
    rule6 -P FORWARD ACCEPT
    ip link del tup0
}

replay iptables-nft nf_tables
S rm -f tra trb trc tri trq1 trq2 tr61 tr62 >/dev/null
S network rm na nb ni nq n6 >/dev/null
end_backend
echo NONE >/proc/sys/net/netfilter/nf_log/2
replay iptables-legacy legacy

backend=any
check_rc "a bad port" 1 S trace-packet --from trb --to tra:x
check_rc "no port" 1 S trace-packet --from trb --to tra
check_rc "a bad protocol" 1 S trace-packet --from trb --to tra:80 --proto sctp
check_rc "a container that is not there" 1 S trace-packet --from nope --to tra:80
S stop -t 0 trc >/dev/null
check_rc "one that does not run" 1 S trace-packet --from trc --to tra:80
check_rc "without --to" 125 S trace-packet
finish
