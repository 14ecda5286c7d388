#!/usr/bin/env bash
# The packet rules of networks and ports, compared line by line with what dockerd 20.10 wrote in the same situations
# (tests/conformance/recordings/iptables), by both backends of iptables; what people wrote is kept, what was flushed comes back.
. "$(dirname "$0")/../lib.sh"
RECORDED=$ROOT/tests/conformance/recordings/iptables

backend=iptables-nft
rules() { "$backend-save" -t nat; "$backend-save" -t filter; }
shown() { rules | grep '^[*:-]' | sed 's/ \[.*\]/ [0:0]/'; }
recorded() { grep -v docker_gwbridge "$RECORDED/$1"; }
like() { check_eq "$backend: rules as in $1" "$(recorded "$1")" "$(shown)"; }
docker0() { engine_start --bridge docker0 --bip 172.17.0.1/16 "$@"; }
quiet() { "$@" >"$TMP/out" 2>&1 || not_ok "$*" "$(cat "$TMP/out")"; }

# In a network namespace of its own for each backend: the tables of the two do not know each other.
replay() {
    backend=$1
    export SLIPWAY_IPTABLES=$1
    DATA=$TMP/$1-data EXEC=$TMP/$1-exec
    # Reading brings the built-in chains into being, of which iptables-save -t shows those that are there.
    "$backend" -t nat -S >/dev/null; "$backend" -t filter -S >/dev/null
    echo 0 >/proc/sys/net/ipv4/ip_forward
    docker0
    like 01-daemon-no-container.txt
    quiet S run -d --name c1 busybox sleep 600
    like 02-container-unpublished.txt
    quiet S run -d --name p1 -p 8080:80 busybox sleep 600
    like 03-publish-8080-80.txt
    quiet S run -d --name p2 -p 127.0.0.1:8081:81 -p 8082:82/udp -p 9000-9001:90-91 busybox sleep 600
    like 04-publish-loopback-udp-range.txt
    quiet S rm -f c1 p1 p2
    like 05-after-rm.txt
    quiet S network create --subnet 10.210.1.0/24 -o com.docker.network.bridge.name=br-na na
    like 06-user-network.txt
    quiet S run -d --name a1 --network na -p 8083:80 busybox sleep 600
    like 07-user-network-publish.txt
    quiet S network create --subnet 10.210.2.0/24 -o com.docker.network.bridge.name=br-nb nb
    quiet S run -d --name b1 --network nb busybox sleep 600
    like 08-two-networks-isolation.txt
    quiet S network connect nb a1
    like 09-connected-to-both.txt

    # Flushed by somebody (firewalld does it), and a person's own rules.
    "$backend" -I DOCKER-USER -s 198.51.100.7 -j DROP
    "$backend" -t nat -F; "$backend" -t filter -D FORWARD -j DOCKER-USER; "$backend" -F DOCKER; "$backend" -F DOCKER-ISOLATION-STAGE-1
    kill -HUP "$ENGINE_PID"
    # The order between networks that are repaired is that of their making, as at a start.
    whole() { [ "$(shown | grep -v 198.51.100.7 | sort)" = "$(recorded 09-connected-to-both.txt | sort)" ]; }
    check "$backend: SIGHUP brings back what was flushed" wait_for 5 whole
    check "$backend: and keeps a person's rule" "$backend" -C DOCKER-USER -s 198.51.100.7 -j DROP
    first=$("$backend" -S FORWARD | sed -n 2,3p)
    check_eq "$backend: people's rules are asked first again" "-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1" "$first"

    # All gone, chains too, while no daemon looks.
    engine_kill9
    for table in nat filter; do "$backend" -t $table -F; "$backend" -t $table -X; done
    docker0
    check "$backend: a start brings back what was flushed" wait_for 5 whole
    "$backend" -D DOCKER-USER -s 198.51.100.7 -j DROP 2>/dev/null
    "$backend" -A FORWARD -i lo -j DOCKER # somebody else's rule that uses our chain
    quiet S rm -f a1 b1
    quiet S network rm na nb
    check_eq "$backend: all is removed but what others use" "$(recorded 05-after-rm.txt; echo '-A FORWARD -i lo -j DOCKER')" \
        "$(shown | grep -v 'i lo'; shown | grep 'i lo')"
    "$backend" -D FORWARD -i lo -j DOCKER

    quiet S network create --internal --subnet 10.210.3.0/24 -o com.docker.network.bridge.name=br-int int
    quiet S run -d --name i1 --network int -p 8084:80 busybox sleep 600
    like 10-internal-network.txt
    check_eq "$backend: no port of an internal network is published" "" "$(S port i1)"
    quiet S rm -f i1
    quiet S network rm int
    echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables
    quiet S network create -o com.docker.network.bridge.name=br-icc -o com.docker.network.bridge.enable_icc=false \
        -o com.docker.network.bridge.enable_ip_masquerade=false icc
    like 11-icc-false-masq-false.txt
    check_eq "$backend: frames on the bridge meet the rules" 1 "$(cat /proc/sys/net/bridge/bridge-nf-call-iptables)"
    quiet S network rm icc
    engine_stop

    for table in nat filter; do "$backend" -t $table -F; "$backend" -t $table -X; done
    DATA=$TMP/$1-data2
    docker0 --userland-proxy=false
    quiet S run -d --name w1 -p 8080:80 busybox sleep 600
    like 18-userland-proxy-false.txt
    check_eq "$backend: 127.0.0.1 may be routed without a proxy" 1 "$(cat /proc/sys/net/ipv4/conf/docker0/route_localnet)"
    quiet S rm -f w1
    engine_stop

    for table in nat filter; do "$backend" -t $table -F; "$backend" -t $table -X; done
    DATA=$TMP/$1-data3
    docker0 --iptables=false
    quiet S run -d --name w2 -p 8080:80 busybox sh -c 'mkdir /w; echo proxied >/w/index.html; exec httpd -f -p 80 -h /w'
    like 19-iptables-false.txt
    check_eq "$backend: without rules the proxy serves the port" proxied \
        "$(curl -fsS --max-time 3 --retry 20 --retry-delay 0 --retry-all-errors http://127.0.0.1:8080/)"
    quiet S rm -f w2
    engine_stop
    ip link del docker0 2>/dev/null
    "$backend" -P FORWARD ACCEPT
}

replay iptables-nft
replay iptables-legacy
finish
