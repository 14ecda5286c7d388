# Sourced by run.sh: what a published port costs, how that grows with a thousand of them, and what TCP gets from container to
# container and through a published port, from a machine beside this one (a namespace behind a veth).
# shellcheck shell=bash disable=SC2154
heading "What a published port adds: run --rm -p less run --rm --network none"
for kind in s-none s-port d-none d-port; do : >"$TMP/$kind"; done
for _ in $(seq "$RUNS"); do
    once S run --rm --network none busybox true >>"$TMP/s-none"
    once D run --rm --network none busybox true >>"$TMP/d-none"
    once S run --rm -p 8098:80 busybox true >>"$TMP/s-port"
    once D run --rm -p 8098:80 busybox true >>"$TMP/d-port"
done
added() { awk -v port="$(median "$TMP/$1-port")" -v none="$(median "$TMP/$1-none")" 'BEGIN {printf "%.2f", port - none}'; }
result "difference" "<= 0.083" "$(added s)" "$(added d)"

heading "The next published port, run -d -p" "after 1000" "the first"
ports() { : >"$1"; for _ in $(seq "$RUNS"); do once S run -d --name next -p 8097:80 busybox sleep 1000 >>"$1"; S rm -f next >/dev/null; done; }
ports "$TMP/b"
once S run -d --name thousand -p 20000-20999:20000-20999 busybox sleep 1000 >"$TMP/thousand"
ports "$TMP/a"
result "slipway run -d -p (1000 in one go: $(cat "$TMP/thousand"))" "<= 2" "$(median "$TMP/a")" "$(median "$TMP/b")"
S rm -f thousand >/dev/null

# iperf3 of this machine with its libraries is the image.
mkdir -p "$TMP/iperf/tmp" && chmod 1777 "$TMP/iperf/tmp"
iperf=$(command -v iperf3)
# shellcheck disable=SC2046
cp -L --parents "$iperf" $(ldd "$iperf" | grep -o '/[^ ]*') "$TMP/iperf"
tar -C "$TMP/iperf" -cf "$TMP/iperf.tar" .
unshare --net sleep 1000 & peer=$!; pids="$pids $peer"
ip link add slbp0 type veth peer name slbp1
until [ "$(readlink "/proc/$peer/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
ip link set slbp1 netns "$peer"
beside() { nsenter --net="/proc/$peer/ns/net" "$@"; }
ip address add 10.217.0.1/24 dev slbp0; ip link set slbp0 up
beside ip address add 10.217.0.2/24 dev slbp1; beside ip link set slbp1 up
engines="S D"
for engine in $engines; do
    "$engine" import "$TMP/iperf.tar" iperf >/dev/null
    "$engine" run -d --name server -p "$([ "$engine" = S ] && echo 15201 || echo 15202):5201" iperf "$iperf" -s >/dev/null
    "$engine" run -d --name client iperf "$iperf" -s -p 5999 >/dev/null # a place to run clients in
done
through() { # ENGINE WAY ARGUMENTS...: iperf3's report
    local engine=$1 way=$2; shift 2
    if [ "$way" = port ]; then
        beside "$iperf" -J -c 10.217.0.1 -p "$([ "$engine" = S ] && echo 15201 || echo 15202)" "$@"
    else
        "$engine" exec client "$iperf" -J -c "$("$engine" inspect -f '{{.NetworkSettings.IPAddress}}' server)" "$@"
    fi
}
packets() { # NAME TARGET JQ ROUNDS ARGUMENTS...
    local name=$1 target=$2 figure=$3 rounds=$4 way engine; shift 4
    for way in container port; do
        : >"$TMP/S"; : >"$TMP/D"
        for _ in $(seq "$rounds"); do
            for engine in $engines; do through "$engine" "$way" -t 1 "$@" 2>>"$TMP/errors" | jq "$figure" >>"$TMP/$engine"; done
        done
        result "$name, $([ "$way" = port ] && echo "from outside to a published port" || echo "container to container")" "$target" "$(median "$TMP/S")" "$(median "$TMP/D")"
    done
}
heading "TCP by iperf3: Gbit/s, and round trips of 128 bytes in microseconds"
packets "throughput" ">= 0.95" '.end.sum_received.bits_per_second / 1e7 | round / 100' 5
packets "latency" "<= 1.05" '.end.streams[0].sender.mean_rtt' 3 -b 2M -l 128 -N
for engine in $engines; do "$engine" rm -f server client >/dev/null; "$engine" rmi iperf >/dev/null; done
ip link del slbp0
