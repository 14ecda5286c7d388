#!/usr/bin/env bash
# A container's network through the engine, as a person sees it: addresses, Docker's rules, published ports, ports that are taken, a
# daemon that is killed, and nothing left when all is removed. What needs no engine is in tests/unit/test_network_*.c.
. "$(dirname "$0")/../lib.sh"

engine_start

S run -d --name sl-web -p 18080:80 busybox sh -c 'mkdir -p /w && echo hello-from-web >/w/index.html && exec httpd -f -p 80 -h /w' >"$TMP/web" 2>&1 ||
    { not_ok "run with a published port" "$(cat "$TMP/web")" "$(tail -5 "$TMP/engine.log")"; finish; }

address=$(S inspect -f '{{.NetworkSettings.IPAddress}}' sl-web)
check_eq "the first container has the lowest address" 10.213.0.2 "$address"
check_eq "its rules in the DOCKER chain are Docker's" "-N DOCKER
-A DOCKER -i slt0 -j RETURN
-A DOCKER ! -i slt0 -p tcp -m tcp --dport 18080 -j DNAT --to-destination $address:80" "$(iptables -t nat -S DOCKER)"
check_match "it masquerades to itself" "-A POSTROUTING -s $address/32 -d $address/32 -p tcp -m tcp --dport 80 -j MASQUERADE" "$(iptables -t nat -S)"

fetch() { curl -fsS --max-time 3 --retry 20 --retry-delay 0 --retry-all-errors "http://$1/index.html"; }
check_eq "127.0.0.1 reaches it" hello-from-web "$(fetch 127.0.0.1:18080)"
check_eq "the gateway's address reaches it" hello-from-web "$(fetch 10.213.0.1:18080)"
check_eq "another container reaches it by its address" hello-from-web "$(S run --rm busybox wget -qO- "http://$address/index.html")"
check_eq "another container reaches it by the host's port" hello-from-web "$(S run --rm busybox wget -qO- http://10.213.0.1:18080/index.html)"

inside=$(S exec sl-web sh -c 'ip -4 -o addr show eth0; ip route; cat /sys/class/net/eth0/address')
check_match "eth0 has the address" "eth0 .*inet $address/24" "$inside"
check_match "the default route is the bridge" "default via 10.213.0.1 dev eth0" "$inside"
check_match "the hardware address follows the address" "02:42:0a:d5:00:02" "$inside"

out=$(S run -d --name sl-conflict -p 18080:80 busybox true 2>&1); rc=$?
check_eq "a port that is published already: exit code" 125 "$rc"
check_match "a port that is published already: Docker's words" \
    'driver failed programming external connectivity on endpoint sl-conflict \([0-9a-f]{64}\): Bind for 0\.0\.0\.0:18080 failed: port is already allocated' "$out"

python3 -c 'import socket,time; s=socket.socket(); s.setsockopt(1,2,1); s.bind(("0.0.0.0",18099)); s.listen(); print(flush=True); time.sleep(60)' >"$TMP/taken" &
holder=$!
wait_for 5 test -s "$TMP/taken"
out=$(S run -d --name sl-foreign -p 18099:80 busybox true 2>&1)
check_match "a port that somebody else has: Docker's words" \
    'Error starting userland proxy: listen tcp4 0\.0\.0\.0:18099: bind: address already in use' "$out"
kill "$holder"; wait "$holder" 2>/dev/null

check_match "a random port comes from the machine's range" '0\.0\.0\.0:(3[2-9]|[45][0-9]|60)[0-9]{3}' \
    "$(S run -d --name sl-random -p 80 busybox sleep 60 >/dev/null && S ps --filter name=sl-random --format '{{.Ports}}')"

check_eq "--network none has a loopback only" "lo" "$(S run --rm --network none busybox ls /sys/class/net)"
check_eq "that is up" 0 "$(S run --rm --network none busybox sh -c 'ping -c1 -W1 127.0.0.1 >/dev/null; echo $?')"

steps=$(api GET "/slipway/containers/sl-web/steps" | jq -r '.[].command')
check_match "the steps tell of the veth pair" 'ip link add veth[0-9a-f]{7} mtu 1500 master slt0 up type veth peer name eth0 address 02:42' "$steps"
check_match "and of the rule" "iptables -t nat -A DOCKER ! -i slt0 -p tcp -m tcp --dport 18080 -j DNAT --to-destination $address:80" "$steps"

picture=$(api GET "/slipway/containers/sl-web/network")
check_eq "the picture has both ends of the wire" "host container eth0" \
    "$(jq -r '.wires[] | "\(.a.namespace) \(.b.namespace) \(.b.link)"' <<<"$picture")"
check_eq "the host's end is plugged into the bridge" slt0 \
    "$(jq -r '.wires[0].a.link as $l | .namespaces[] | select(.name=="host") | .links[] | select(.name==$l) | .master' <<<"$picture")"
check_eq "the chains mark the bridge's rules" 1 "$(api GET /slipway/containers/sl-web/chains |
    jq '[.tables[] | select(.name=="nat") | .chains[] | select(.name=="DOCKER") | .rules[] | select(.target=="DNAT" and .bridge and (.rule | test("18080")))] | length')"

before=$(iptables-save -t nat | grep -v '^[#:]')
engine_kill9
check_eq "the rules outlive the daemon" "$before" "$(iptables-save -t nat | grep -v '^[#:]')"
engine_start
check_eq "a new daemon leaves the rules as they are" "$before" "$(iptables-save -t nat | grep -v '^[#:]')"
check_eq "and answers on 127.0.0.1 again" hello-from-web "$(fetch 127.0.0.1:18080)"
check_eq "and still holds the port" 125 "$(S run --rm -p 18080:80 busybox true >/dev/null 2>&1; echo $?)"

S rm -f sl-web sl-random sl-conflict sl-foreign >/dev/null 2>&1
check_eq "a removed container's port serves the next one at once" hello-again \
    "$(S run -d --name sl-next -p 18080:80 busybox sh -c 'mkdir /w; echo hello-again >/w/index.html; exec httpd -f -p 80 -h /w' >/dev/null; fetch 127.0.0.1:18080)"
S rm -f sl-next >/dev/null
check_eq "nothing is left in the DOCKER chain" "-N DOCKER
-A DOCKER -i slt0 -j RETURN" "$(iptables -t nat -S DOCKER)"
no_veths() { [ -z "$(ip -o link show type veth)" ]; }
check "no veth is left" wait_for 5 no_veths

finish
