#!/usr/bin/env bash
# Published ports as others see them: another machine (a namespace behind a wire), the host, containers; addresses that are kept,
# datagrams that move to the next container, ranges, IPv6, and networks that bind to an address of their own.
. "$(dirname "$0")/../lib.sh"

engine_start
quiet() { "$@" >"$TMP/out" 2>&1 || not_ok "$*" "$(cat "$TMP/out")"; }

# Another machine: 192.0.2.2, on a wire to ours, which is 192.0.2.1.
ip netns add "slp-$$" || exit 1
at_exit 'ip netns del "slp-$$"'
other() { nsenter --net="/run/netns/slp-$$" "$@"; }
ip link add slpwire type veth peer name far netns "slp-$$"
ip addr add 192.0.2.1/24 dev slpwire && ip link set slpwire up
other ip addr add 192.0.2.2/24 dev far && other ip link set far up && other ip link set lo up
ip addr add fd00:aa::1/64 dev slpwire nodad 2>/dev/null
other ip addr add fd00:aa::2/64 dev far nodad 2>/dev/null

get() { curl -gfsS --max-time 3 --retry 10 --retry-delay 0 --retry-all-errors "http://$1/cgi-bin/who"; }
web='mkdir -p /w/cgi-bin; printf "#!/bin/sh\necho; echo \$HOSTNAME \${REMOTE_ADDR#*ffff:}\n" >/w/cgi-bin/who; chmod +x /w/cgi-bin/who; exec httpd -f -p 80 -h /w'

quiet S run -d --name w1 --hostname w1 -p 18080:80 busybox sh -c "$web"
w1=$(S inspect -f '{{.NetworkSettings.IPAddress}}' w1)
check_eq "another machine reaches the port, and its address is kept" "w1 192.0.2.2]" "$(other curl -fsS --max-time 3 --retry 10 --retry-delay 0 --retry-all-errors http://192.0.2.1:18080/cgi-bin/who)"
check_eq "the host reaches it by its own address" "w1 192.0.2.1]" "$(get 192.0.2.1:18080)"
check_match "the host reaches it by 127.0.0.1" "^w1 " "$(get 127.0.0.1:18080)"
check_match "the host reaches it by ::1" "^w1 " "$(get '[::1]:18080')"
check_match "another machine reaches it by IPv6" "^w1 " "$(other curl -gfsS --max-time 3 'http://[fd00:aa::1]:18080/cgi-bin/who')"
check_match "another container reaches it by the host's address" "^w1 " "$(S run --rm busybox sh -c 'timeout 5 wget -qO- http://192.0.2.1:18080/cgi-bin/who; true')"
check_match "the container reaches itself by the host's address" "^w1 " "$(S exec w1 timeout 5 wget -qO- http://192.0.2.1:18080/cgi-bin/who)"
quiet S network create apart
check_match "a container of another network reaches it by the host's address" "^w1 " \
    "$(S run --rm --network apart busybox sh -c 'timeout 5 wget -qO- http://192.0.2.1:18080/cgi-bin/who; true')"
check_no_match "but not by the container's" "w1" "$(S run --rm --network apart busybox sh -c "timeout 1 wget -qO- http://$w1/cgi-bin/who; true" 2>&1)"

# Ranges.
for i in 1 2 3; do quiet S run -d --name "r$i" -p 127.0.0.1:18200-18202:80 busybox sleep 300; done
check_eq "a range gives each the next free port" "127.0.0.1:18200 127.0.0.1:18201 127.0.0.1:18202" \
    "$(for i in 1 2 3; do S port "r$i" 80; done | tr '\n' ' ' | sed 's/ $//')"
check_match "a range that is used up" "all ports are allocated" "$(S run -d --name r4 -p 127.0.0.1:18200-18202:80 busybox true 2>&1)"
quiet S rm -f r2
quiet S run -d --name r5 -p 127.0.0.1:18200-18202:80 busybox sleep 300
check_eq "one that is free again is taken" 127.0.0.1:18201 "$(S port r5 80)"
check_match "a range backwards is refused" "nvalid" "$(api POST /containers/create -H 'Content-Type: application/json' \
    -d '{"Image":"busybox","Cmd":["true"],"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"9-8"}]}}}' | jq -r .message; \
    S run --rm -p 9-8:80 busybox true 2>&1)"

# IPv6 and addresses of the host.
quiet S run -d --name v6 --hostname v6 -p '[::1]:18081:80' busybox sh -c "$web"
check_match "a port on [::1] answers there" "^v6 " "$(get '[::1]:18081')"
check_rc "and not on 127.0.0.1" 7 curl -s --max-time 2 http://127.0.0.1:18081/
check_eq "it is shown with its brackets" "[::1]:18081" "$(S port v6 80)"
quiet S network create -o com.docker.network.bridge.host_binding_ipv4=127.0.0.1 bound
quiet S run -d --name b1 --network bound -p 18082:80 busybox sleep 300
check_eq "host_binding_ipv4 is where ports of the network go" "127.0.0.1:18082" "$(S port b1 80)"

if python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)' 2>/dev/null; then
    check "sctp is published" S run -d --name sc -p 18083:80/sctp busybox sleep 300
else
    check_match "sctp without a kernel that has it" "port 18083 cannot be published: this kernel has no sctp" \
        "$(S run -d --name sc -p 18083:80/sctp busybox true 2>&1)"
    S rm -f sc >/dev/null 2>&1
fi
S rm -f r1 r3 r5 v6 b1 >/dev/null 2>&1

# Datagrams of a client that goes on sending from one socket reach the next container.
cat >"$TMP/server.py" <<'P'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 53))
while True:
    data, peer = s.recvfrom(100); s.sendto(sys.argv[1].encode(), peer)
P
run_udp() {
    S run -d --name "$1" -p 18053:53/udp busybox sleep 300 >"$TMP/out" 2>&1 || not_ok "run $1" "$(cat "$TMP/out")"
    nsenter --net="/proc/$(S inspect -f '{{.State.Pid}}' "$1")/ns/net" python3 "$TMP/server.py" "$1" & # the image has no such program
    disown
}
cat >"$TMP/client.py" <<'P'
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 40000)); s.connect(("192.0.2.1", 18053)); s.settimeout(0.2)
end = time.time() + 60
while time.time() < end:
    try:
        s.send(b"who\n"); print(s.recv(100).decode().strip(), flush=True)
    except OSError: pass
    time.sleep(0.1)
P
other python3 "$TMP/client.py" >"$TMP/answers" &
client=$!
run_udp first
check "datagrams reach the first container, though they were sent before it was there" wait_for 8 grep -q first "$TMP/answers"
quiet S rm -f first
quiet S run -d --name filler busybox sleep 300 # so that the address is another one
run_udp second
check "and the second, from the same socket" wait_for 8 grep -q second "$TMP/answers"
kill "$client"; wait "$client" 2>/dev/null

# Without the proxy: by rules alone.
S rm -f second filler w1 >/dev/null 2>&1
engine_stop
engine_start --userland-proxy=false
quiet S run -d --name w2 --hostname w2 -p 18080:80 busybox sh -c "$web"
check_eq "without a proxy: another machine, its address kept" "w2 192.0.2.2]" "$(other curl -fsS --max-time 3 --retry 10 --retry-delay 0 --retry-all-errors http://192.0.2.1:18080/cgi-bin/who)"
check_match "without a proxy: 127.0.0.1" "^w2 " "$(get 127.0.0.1:18080)"
check_match "without a proxy: the container itself" "^w2 " "$(S exec w2 timeout 5 wget -qO- http://192.0.2.1:18080/cgi-bin/who)"
check_match "without a proxy: another container" "^w2 " "$(S run --rm busybox sh -c 'timeout 5 wget -qO- http://192.0.2.1:18080/cgi-bin/who; true')"
S rm -f w2 >/dev/null
finish
