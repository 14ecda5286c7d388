#!/usr/bin/env bash
# What others do to a network under a running engine, and many clients at once: clear words, nothing left, repaired by the next start.
. "$(dirname "$0")/../lib.sh"

SLIPWAY_IPTABLES=iptables-legacy engine_start
quiet() { "$@" >"$TMP/out" 2>&1 || not_ok "$*" "$(cat "$TMP/out")"; }
serve='mkdir /w; echo served >/w/index.html; exec httpd -f -p 80 -h /w'
served() { [ "$(curl -fsS --max-time 2 "http://$1/index.html" 2>/dev/null)" = served ]; }

# --- the lock of the packet filter
quiet S run -d --name f1 -p 18701:80 busybox sh -c "$serve"
hold() { exec flock /run/xtables.lock sh -c ': >"$1"; exec sleep "$2"' sh "$TMP/held-$1" "$1"; }
hold 1.5 &
wait_for 10 test -e "$TMP/held-1.5"
check "a lock that is given back is waited for" S run -d --name f2 -p 18702:80 busybox sleep 300
wait $!
hold 60 &
holder=$!
wait_for 10 test -e "$TMP/held-60"
check_match "one that is not is named" "another program has held the lock of the packet filter" "$(S run -d --name f3 -p 18703:80 busybox true 2>&1)"
pkill -P "$holder"; wait "$holder" 2>/dev/null
check_no_match "and nothing of the container's network is left" "18703" "$(iptables-legacy-save; ss -Hlnt)"
S rm -f f3 f2 >/dev/null 2>&1
check "afterwards the port can be had" S run -d --name f3 -p 18703:80 busybox sleep 300
S rm -f f3 >/dev/null

# --- names that are taken
ip link add slptaken type veth peer name slpother
check_match "a bridge's name that another link has" "slptaken exists and is no bridge: choose another name" \
    "$(S network create -o com.docker.network.bridge.name=slptaken t 2>&1)"
check_match "a name that no link can have" 'invalid bridge name "a/b"' "$(S network create -o com.docker.network.bridge.name=a/b t 2>&1)"
check "the other link is untouched" ip link show slptaken
check_eq "no network is left" "" "$(S network ls -q --filter type=custom)"

# --- a bridge that is deleted by hand
quiet S network create --subnet 10.231.0.0/24 -o com.docker.network.bridge.name=slpgone gone
quiet S run -d --name d1 --network gone -p 18704:80 busybox sh -c "$serve"
check "before" wait_for 5 served 127.0.0.1:18704
ip link del slpgone
check "the next container brings the bridge back" S run -d --name d2 --network gone busybox sleep 300
check "and with it the others" wait_for 5 served 127.0.0.1:18704
ip link del slpgone
kill -HUP "$ENGINE_PID"
check "so does SIGHUP" wait_for 5 served 127.0.0.1:18704
engine_kill9
ip link del slpgone
SLIPWAY_IPTABLES=iptables-legacy engine_start
check "so does a start" wait_for 5 served 127.0.0.1:18704
ip link del slpgone
quiet S rm -f d1 d2
check "a network without its bridge is removed" S network rm gone
check_no_match "with its rules" "slpgone" "$(iptables-legacy-save)"

# --- a wire that is pulled
wire() { S exec "$1" cat /sys/class/net/eth0/iflink; }
link_of() { ip -o link | sed -n "s/^$(wire "$1"): \([^@:]*\).*/\1/p"; }
ip link del "$(link_of f1)"
check_no_match "the container's link is gone" eth0 "$(S exec f1 ls /sys/class/net)"
engine_kill9
SLIPWAY_IPTABLES=iptables-legacy engine_start
check "a start makes it anew" wait_for 5 served 127.0.0.1:18701
check_match "with its route" "default via 10.213.0.1 dev eth0" "$(S exec f1 ip route)"
ip link del "$(link_of f1)"
check "without it the container is stopped and started" S restart -t 0 f1
check "and serves" wait_for 5 served 127.0.0.1:18701
quiet S rm -f f1
engine_stop

# --- many at once
engine_start
for i in 1 2 3 4 5 6 7 8; do S run -d --name "k$i" busybox sleep 600 >/dev/null 2>"$TMP/out" & done
mapfile -t runs < <(jobs -p | grep -v "^$ENGINE_PID$")
wait "${runs[@]}"
state() { ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort; ip -o addr show | awk '{print $2, $4}' | grep -v fe80 | sort
    iptables-nft-save 2>/dev/null | grep -v '^[#:]' | sort; ls "$DATA/network"; api GET /networks | jq -r '.[].Name' | sort; }
state >"$TMP/before"
post() { api POST "$1" -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json' -d "$2"; }
client() {
    local n code
    for n in $(seq 1 7); do
        code="$(post /networks/create "{\"Name\":\"n$1-$n\"}") $(post "/networks/n$1-$n/connect" "{\"Container\":\"k$1\"}")"
        code+=" $(post "/networks/n$1-$n/disconnect" "{\"Container\":\"k$1\"}") $(api DELETE "/networks/n$1-$n" -o /dev/null -w '%{http_code}')"
        echo "$code"
    done
}
start=$(date +%s%N)
clients=()
for i in 1 2 3 4 5 6 7 8; do client "$i" >"$TMP/codes$i" & clients+=($!); done
wait "${clients[@]}"
echo "# 224 requests by 8 clients: $((($(date +%s%N) - start) / 1000000)) ms"
check_eq "create, connect, disconnect and rm, 56 times by 8 clients at once, all succeed" "     56 201 200 200 204" "$(cat "$TMP"/codes* | sort | uniq -c)"
as_before() { state >"$TMP/after"; cmp -s "$TMP/before" "$TMP/after"; }
wait_for 5 as_before
check_eq "no link, address, rule or network is left" "" "$(diff "$TMP/before" "$TMP/after")"
first=$(S network create probe >/dev/null; S network inspect -f '{{(index .IPAM.Config 0).Subnet}}' probe)
check_match "nor a subnet" '^172\.17\.0\.0/16$' "$first"
quiet S network connect probe k1
check_eq "nor an address" 172.17.0.2 "$(S inspect -f '{{.NetworkSettings.Networks.probe.IPAddress}}' k1)"
S rm -f k1 k2 k3 k4 k5 k6 k7 k8 >/dev/null
quiet S network rm probe
finish
