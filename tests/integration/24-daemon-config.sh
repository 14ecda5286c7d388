#!/bin/bash
# The daemon's configuration: flags and daemon.json say the same things, what is wrong is told in Docker's words, what is right
# reaches the containers, and SIGHUP reloads what can change while they run.
. "$(dirname "$0")/../lib.sh"
F=$TMP/daemon.json

d() { timeout 10 "$B/slipwayd" --data-root "$TMP/d2" --exec-root "$TMP/e2" --config-file "$F" "$@" 2>&1; }
bad() { local name=$1 json=$2 want=$3; shift 3; printf '%s' "$json" >"$F"; check_match "$name" "$want" "$(d --validate "$@")"; }
U='unable to configure the Docker daemon with file .*/daemon.json: '

bad "a file that is no JSON" '{ "debug": true, "hosts": ["tcp://127.0.0.1:2376"] "tls": true }' "$U"'invalid character .". after object key:value pair$'
bad "an empty file" '' "$U"'EOF$'
bad "a file that breaks off" '{"debug": tr' "$U"'unexpected EOF$'
bad "a list" '[]' "$U"'json: cannot unmarshal array'
bad "an unknown directive" '{"debugg": true}' "$U"'the following directives don.t match any configuration option: debugg$'
bad "several" '{"a": 1, "debug": true, "b": 2}' 'configuration option: a, b$'
bad "given twice" '{"hosts": ["unix:///a"]}' "$U"'the following directives are specified both as a flag and in the configuration file: hosts: \(from flag: \[unix:///a\], from file: \[unix:///a\]\)$' -H unix:///a
bad "a map given twice" '{"log-opts": {"max-size": "1m"}, "debug": true}' 'debug: \(from flag: true, from file: true\), log-opts: \(from flag: map\[max-file:2 max-size:3m\], from file: map\[max-size:1m\]\)$' -D --log-opt max-size=3m --log-opt max-file=2
bad "text for a truth" '{"debug": "yes"}' "$U"'json: cannot unmarshal string into Go struct field Config.debug of type bool$'
bad "a number for text" '{"bip": 5}' 'cannot unmarshal number into Go struct field Config.bip of type string$'
bad "text for a list" '{"dns": "192.0.2.1"}' 'cannot unmarshal string into Go struct field Config.dns of type \[\]string$'
bad "a number in a list" '{"dns": [1]}' 'cannot unmarshal number into Go struct field Config.dns of type string$'
bad "a name server that is no address" '{"dns": ["ns.example"]}' 'ns.example is not an ip address$'
bad "a label without a value" '{"labels": ["zone"]}' 'bad attribute format: zone$'
bad "labels that contradict" '{"labels": ["zone=a", "zone=b"]}' 'conflict labels for zone=a and zone=b'
bad "an unknown level" '{"log-level": "loud"}' 'invalid logging level: loud$'
bad "a bridge address that is none" '{"bip": "10.0.0.1"}' 'invalid CIDR address: 10.0.0.1$'
bad "an unknown limit" '{"default-ulimits": {"nofiles": {"Name": "nofiles", "Hard": 1, "Soft": 1}}}' 'invalid ulimit type: nofiles$'
bad "a soft limit above the hard one" '{"default-ulimits": {"nofile": {"Hard": 1, "Soft": 2}}}' 'less than or equal to hard limit: 2 > 1$'
bad "a mirror that is no URI" '{"registry-mirrors": ["x"]}' 'invalid mirror: .x. is not a valid URI$'
bad "an IPC mode" '{"default-ipc-mode": "host"}' 'Default IPC mode setting \(host\) is invalid'
bad "a pool" '{"default-address-pools": [{"base": "10.0.0.0/24", "size": 16}]}' 'invalid pools size'
bad "an address to listen on" '{"hosts": ["http://x"]}' "$U"'invalid bind address format: http://x$'
bad "what this engine cannot do is refused" '{"userns-remap": "default"}' 'userns-remap: default is not available: containers share'
bad "also as a flag" '{}' 'default-gateway: 10.0.0.1 is not available: ' --default-gateway=10.0.0.1
bad "another storage driver" '{"storage-driver": "btrfs"}' 'storage-driver: btrfs is not available'
bad "its own value is accepted" '{"storage-driver": "overlay2", "icc": true, "exec-opts": ["native.cgroupdriver=cgroupfs"], "selinux-enabled": false, "features": {}}' '^configuration OK$'
bad "a null is nothing" '{"debug": null}' '^configuration OK$'
bad "a flag's address" '{}' 'invalid argument "foo://x" for "-H, --host" flag: invalid bind address format: foo://x' -H foo://x
bad "a size" '{}' 'invalid size: .lots.$' --default-shm-size lots
rm "$F"
check_match "a file that was named has to be there" "$U"'open .*/daemon.json: no such file or directory$' "$(d --validate)"
check_match "any other need not" '^configuration OK$' "$("$B/slipwayd" --validate 2>&1)"
printf '{}' >"$F"
check_match "a logging driver that is not there" 'failed to start daemon: .*nosuch' "$(d -H "unix://$TMP/x.sock" --log-driver nosuch)"
check_match "no socket was passed" 'failed to load listeners: no sockets found via socket activation' "$(d -H fd://)"
check_eq "what fails leaves no socket" "" "$(ls "$TMP"/x.sock 2>/dev/null)"

# What is right reaches the containers: half from the file, half from flags.
cat >"$F" <<JSON
{ "labels": ["zone=a"], "live-restore": true, "log-driver": "local", "log-opts": {"max-size": "1m"},
  "insecure-registries": ["10.1.1.1:5000"], "registry-mirrors": ["http://127.0.0.1:5057"], "default-address-pools": [{"base": "10.200.0.0/16", "size": 24}],
  "dns": ["192.0.2.53"], "default-ulimits": {"nofile": {"Name": "nofile", "Hard": 2000, "Soft": 1000}}, "mtu": 1400, "ip": "127.0.0.1",
  "max-concurrent-downloads": 2, "shutdown-timeout": 5, "userland-proxy": true, "iptables": true, "icc": true, "no-new-privileges": true }
JSON
DATA=$TMP/da EXEC=$TMP/ea
"$B/slipwayd" --config-file "$F" --data-root "$DATA" --exec-root "$EXEC" -H "unix://$SOCK" -H tcp://127.0.0.1:2399 --bridge slt0 \
    --default-shm-size 32m --default-ipc-mode shareable --dns-search example.org --dns-opt ndots:3 --init \
    --pidfile "$TMP/pid" --metrics-addr 127.0.0.1:9399 >"$TMP/engine.log" 2>&1 &
ENGINE_PID=$!; export DOCKER_HOST=unix://$SOCK SLIPWAY_HOST=unix://$SOCK
wait_for 20 curl -fs --unix-socket "$SOCK" http://d/_ping || { not_ok "engine starts" "$(tail "$TMP/engine.log")"; exit 1; }
check_eq "the pid file" "$ENGINE_PID" "$(cat "$TMP/pid")"
check_match "plain TCP is warned of" 'level=warning msg="Binding to IP address without --tlsverify is insecure .*" host="tcp://127.0.0.1:2399"' "$(cat "$TMP/engine.log")"
check_match "each address is logged" 'API listen on 127.0.0.1:2399' "$(cat "$TMP/engine.log")"
check_eq "and served" OK "$(curl -s http://127.0.0.1:2399/_ping)"
check_match "also to our client, in each spelling" '^0' "$(for h in tcp://127.0.0.1:2399 127.0.0.1:2399 :2399 localhost:2399; do "$B/slipway" -H $h version -f '{{.Server.Version}}'; done | sort | uniq -c | awk '{print 4-$1}')"
INFO=$(api GET /v1.41/info)
info() { jq -c "$1" <<<"$INFO"; }
check_eq "info: labels" '["zone=a"]' "$(info .Labels)"
check_eq "info: driver and live-restore" '["local",true]' "$(info '[.LoggingDriver, .LiveRestoreEnabled]')"
check_eq "info: registries" '{"IndexConfigs":{"10.1.1.1:5000":{"Mirrors":[],"Name":"10.1.1.1:5000","Official":false,"Secure":false},"docker.io":{"Mirrors":["http://127.0.0.1:5057/"],"Name":"docker.io","Official":true,"Secure":true}},"InsecureRegistryCIDRs":["127.0.0.0/8"],"Mirrors":["http://127.0.0.1:5057/"]}' "$(jq -cS '.RegistryConfig | del(.AllowNondistributableArtifactsCIDRs, .AllowNondistributableArtifactsHostnames)' <<<"$INFO")"
check_eq "info: pools" '[{"Base":"10.200.0.0/16","Size":24}]' "$(info .DefaultAddressPools)"
check_match "info: the warning" 'API is accessible on http://127.0.0.1:2399 without encryption' "$(info .Warnings)"
OUT=$(S run --rm busybox sh -c 'ulimit -n; ulimit -Hn; cat /etc/resolv.conf; ip -4 -o addr show eth0; cat /sys/class/net/eth0/mtu; df -k /dev/shm | tail -1; grep NoNewPrivs /proc/self/status; cat /proc/1/comm')
check_match "default-ulimits" '^1000$' "$OUT"
check_match "and the hard one" '^2000$' "$OUT"
check_match "dns" '^nameserver 192.0.2.53$' "$OUT"
check_match "dns-search" '^search example.org$' "$OUT"
check_match "dns-opts" '^options .*ndots:3' "$OUT"
check_match "the first pool is the bridge's network" 'inet 10\.200\.0\.[0-9]+/24' "$OUT"
check_match "mtu" '^1400$' "$OUT"
check_match "default-shm-size" ' 32768 ' "$OUT"
check_match "no-new-privileges" 'NoNewPrivs:.1' "$OUT"
check_match "init" '^(docker-init|slipway-shim|init)' "$OUT"
S run -d --name c1 -p 18399:80 busybox sleep 100 >/dev/null
check_eq "log driver and options" '{"Type":"local","Config":{"max-size":"1m"}}' "$(S inspect -f '{{json .HostConfig.LogConfig}}' c1 | jq -c '{Type,Config}')"
check_eq "default-ipc-mode" shareable "$(S inspect -f '{{.HostConfig.IpcMode}}' c1)"
check_eq "ip" 127.0.0.1:18399 "$(S port c1 80)"

# Clients that vanish over TCP: nothing but the end of what they send tells of it.
threads() { ls "/proc/$ENGINE_PID/task" | wc -l; }
before=$(threads)
leavers=()
for path in events 'containers/c1/logs?follow=1&stdout=1' containers/c1/stats; do timeout 1 curl -sN "http://127.0.0.1:2399/$path" >/dev/null & leavers+=($!); done
timeout 1 curl -s -X POST http://127.0.0.1:2399/containers/c1/wait >/dev/null
wait "${leavers[@]}" 2>/dev/null
check "clients that vanish over TCP leave no thread" wait_for 10 eval '[ "$(threads)" -le "$before" ]'

# Prometheus.
M=$(curl -s http://127.0.0.1:9399/metrics)
check_eq "both places serve metrics" "$(grep -c '^# TYPE' <<<"$M")" "$(api GET /metrics | grep -c '^# TYPE')"
check_match "metrics: states" '^engine_daemon_container_states_containers\{state="running"\} 1$' "$(grep -v ^# <<<"$M" | grep -v _bucket)"
check_match "metrics: actions" '^engine_daemon_container_actions_seconds_count\{action="start"\} 2$' "$(grep -v ^# <<<"$M" | grep -v _bucket)"
check_match "metrics: the engine" '^engine_daemon_engine_info\{architecture="[^"]+",commit="",daemon_id="[A-Z0-9:]+",graphdriver="overlay2"' "$(grep -v ^# <<<"$M" | grep -v _bucket)"
check_match "metrics: memory of a container" '^slipway_container_memory_usage_bytes\{id="[0-9a-f]{64}",name="c1",image="busybox"\} [1-9][0-9]+$' "$(grep -v ^# <<<"$M" | grep -v _bucket)"
check_match "metrics: its network" '^slipway_container_network_receive_bytes_total\{.*interface="eth0"\} [0-9]+$' "$(grep -v ^# <<<"$M" | grep -v _bucket)"
check_match "metrics: its processes" '^slipway_container_pids\{.*name="c1".*\} [1-9]' "$(grep -v ^# <<<"$M" | grep -v _bucket)"
check_eq "metrics: each line is well formed" "" "$(grep -Ev '^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [-+0-9.e]+)$' <<<"$M")"
check_eq "metrics: nothing else is served there" 404 "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:9399/info)"

# SIGHUP.
S events --filter type=daemon >"$TMP/events" & EVENTS=$!
wait_for 10 eval '[ "$(api GET /info | jq .NEventsListener)" = 1 ]'
echo '{ "debug": true, "labels": ["zone=b"], "insecure-registries": [], "live-restore": false, "shutdown-timeout": 3, "bip": "10.9.9.1/24" }' >"$F"
kill -HUP "$ENGINE_PID"
check "labels are reloaded" wait_for 5 eval '[ "$(api GET /info | jq -r .Labels[0])" = zone=b ]'
check_eq "so are debug, registries, live-restore" '[true,false,1]' "$(api GET /info | jq -c '[.Debug, .LiveRestoreEnabled, (.RegistryConfig.IndexConfigs|length)]')"
check_eq "what stands there no more stays" http://127.0.0.1:5057/ "$(api GET /info | jq -r .RegistryConfig.Mirrors[0])"
check_match "the log says so" 'Got signal to reload configuration, reloading from: .*/daemon.json' "$(cat "$TMP/engine.log")"
check_match "with the new configuration" 'Reloaded configuration: .*zone=b' "$(cat "$TMP/engine.log")"
check_match "and what has to wait" 'take effect when the daemon starts again: bip' "$(cat "$TMP/engine.log")"
check "the event" wait_for 5 grep -q 'daemon reload .*debug=true.*insecure-registries=\[\].*labels=\["zone=b"\], live-restore=false.*shutdown-timeout=3' "$TMP/events"
check_match "requests are logged now" 'level=debug msg="GET /info' "$(api GET /info >/dev/null; cat "$TMP/engine.log")"
echo '{ "labels": ' >"$F"
kill -HUP "$ENGINE_PID"
check "a broken file is logged" wait_for 5 grep -q 'level=error msg="Error reconfiguring the daemon: unable to configure .*unexpected EOF' "$TMP/engine.log"
check_eq "and changes nothing" zone=b "$(api GET /info | jq -r .Labels[0])"
kill "$EVENTS"; wait "$EVENTS" 2>/dev/null
S rm -f c1 >/dev/null
engine_stop
check_eq "at the end the pid file and the socket are gone" "" "$(ls "$TMP/pid" "$SOCK" 2>/dev/null)"
finish
