# Lab machines: a start to a usable prompt, a reset, thirty learners at once, sixty that idle, and a neighbour while one is attacked.
# shellcheck shell=bash
heading "Lab machines (ours alone)"
for _ in $(seq 100); do S images -q registry:2 2>/dev/null | grep -q . && S images -q slipway/lab 2>/dev/null | grep -q . && break; sleep 0.1; done
machine() { curl -fs --unix-socket "$TMP/s.sock" -X POST -H 'Content-Type: application/json' -d "{\"lab\":\"$1\"$2}" http://d/slipway/sandboxes; }
machine_gone() { curl -fs --unix-socket "$TMP/s.sock" -X DELETE "http://d/slipway/sandboxes/lab-$1-0"; }
prompt() { S exec "lab-$1-0" bash -c 'echo ready'; }
figure() { row "$1" "$3" "" "" "$2"; }
# timed NAME TARGET COMMAND... : the median of a fifth as many runs; `after` takes away what a run made.
timed() {
    local name=$1 target=$2; shift 2
    : >"$TMP/a"
    once "$@" >/dev/null; after
    for _ in $(seq $((RUNS / 3 + 1))); do once "$@" >>"$TMP/a"; after; done
    figure "$name" "$target" "$(median "$TMP/a")"
}
after() { machine_gone bench >/dev/null; }
plain() { machine bench "" && prompt bench; }
with_engine() { machine bench ',"engine":true' && prompt bench; }
to_docker() { machine bench ',"engine":true' && S exec lab-bench-0 docker ps; }
to_container() { machine bench ',"engine":true' && S exec lab-bench-0 docker run --rm busybox true; }
three() { machine bench ',"hosts":["web","db"]' && prompt bench; }
timed "start to a prompt, ms" "<= 300" plain
timed "start to a prompt, with an engine inside, ms" "<= 300" with_engine
timed "start to the first answer of the engine inside, ms" "<= 300" to_docker
timed "start to the end of a first container inside, ms" "" to_container
timed "three machines on one network to a prompt, ms" "" three
reset() { machine_gone bench && machine bench ',"engine":true' && prompt bench; }
machine bench ',"engine":true' >/dev/null
after() { :; }
timed "reset to a prompt, ms" "<= 300" reset
machine_gone bench

all_of() { local n=$1; shift; local i children=; for i in $(seq "$n"); do "$@" "$i" & children="$children $!"; done; wait $children; }
one_learner() { machine "many$1" ',"engine":true' && prompt "many$1"; }
leave() { machine_gone "many$1"; }
figure "30 learners at once, the last prompt, ms" "<= 10000" "$(once all_of 30 one_learner)"
all_of 30 leave >/dev/null 2>&1

# What 60 take: all that the kernel counts to their groups, and their shims.
groups() { cat /sys/fs/cgroup/{,memory/}"slipway-$(printf %s "$TMP/se" | sha256sum | head -c 8)"/memory.{usage_in_bytes,current} 2>/dev/null | awk '{print int($1 / 1048576); exit}'; }
shims() { pgrep -f "slipway-shim.*$TMP/se" | while read -r pid; do awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup"; done | awk '{n += $1} END {print int(n / 1024)}'; }
idle() { # WHAT MORE
    local before i
    before=$(groups)
    for i in $(seq 60); do machine "many$i" "$2" >/dev/null; done
    [ -z "${3:-}" ] || for i in $(seq 60); do S exec "lab-many$i-0" $3 >/dev/null; done
    sleep 1
    figure "60 idle machines $1, MiB" "<= 2048" $(($(groups) - ${before:-0} + $(shims)))
    all_of 60 leave >/dev/null 2>&1
}
idle "without an engine" ""
idle "whose engine nobody has asked" ',"engine":true'
idle "whose engine runs" ',"engine":true' "docker ps"

# A neighbour's shell while another learner does the worst.
machine nice "" >/dev/null
machine bad ',"pids":100,"cpus":0.5,"memory":134217728' >/dev/null
neighbour() { S exec lab-nice-0 true; }
answers_in() { : >"$TMP/a"; for _ in $(seq 11); do once neighbour >>"$TMP/a"; done; median "$TMP/a"; }
calm=$(answers_in)
bad() { # WHAT SCRIPT
    local ms
    S exec lab-bad-0 bash -c "$2" >/dev/null 2>&1 </dev/null & local child=$!
    sleep 1
    ms=$(answers_in)
    row "a neighbour's command beside $1, ms" "$ms" "$calm" "$(ratio "$ms" "$calm")" ""
    S exec lab-bad-0 bash -c 'kill -9 -1' >/dev/null 2>&1
    wait "$child" 2>/dev/null
}
bad "a fork bomb" 'bomb() { bomb | bomb & }; bomb; sleep 20'
bad "a memory hog" 'while :; do tail /dev/zero; done'
bad "a disk filler" 'while :; do cat /dev/zero >/work/f; rm -f /work/f; done'
bad "100000 rules" 'while :; do { echo "*filter"; for ((i = 0; i < 100000; i++)); do echo "-A INPUT -s 10.$((i >> 16)).$(((i >> 8) & 255)).$((i & 255)) -j DROP"; done; echo COMMIT; } | iptables-restore; done'
bad "namespaces without end" 'while :; do ip netns add a$RANDOM$RANDOM; done'
machine_gone bad; machine_gone nice

# What a learner waits for, with all that a lab does: its values drawn, set up, looked at.
export SLIPWAY_CLASS_SOCKET=$TMP/class.sock SLIPWAY_CLASS_DB=$TMP/class.db
lab() { S lab "$@" two-namespaces-and-a-wire; }
not_yet() { ! lab check; }
after() { lab stop >/dev/null; }
timed "slipway lab start, ms" "<= 300" lab start
lab start >/dev/null
after() { :; }
timed "slipway lab check of a step that is not done, ms" "<= 200" not_yet
timed "slipway lab reset, ms" "<= 300" lab reset
for _ in 1 2 3; do lab solve >/dev/null; done
timed "slipway lab check of the fourth step, ms" "<= 200" not_yet
lab stop >/dev/null
