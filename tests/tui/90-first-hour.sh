#!/bin/bash
# A learner's first hour, end to end, from a fresh data root: make run, a lesson with a command run from it, the first lab solved by typing,
# an exam with everything killed in the middle, the result on the home screen. Then the container part once more with Docker's own client.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
cd "$ROOT" || exit 1

export SLIPWAY_SOCKET=$SOCK SLIPWAY_LOG=$TMP/engine.log SLIPWAY_HOST=unix://$SOCK
export SLIPWAYD_OPTIONS="--data-root $DATA --exec-root $EXEC --bridge slt0 --bip 10.213.0.1/24"
run_ui() {
    T kill-server 2>/dev/null
    wait_for 3 test ! -S "$TMP/tmux.sock"
    T new-session -d -x 120 -y 40 "env TERM=$UI_TERM LANG=C.UTF-8 SLIPWAY_TUI_TRACE='$TMP/trace' make run; echo ended with \$?; exec sleep 600"
}
# The UI is the grandchild that make and its script became, in the terminal's session; its watcher is the parent.
the_ui() { pgrep -n -s "$(T display-message -p '#{pane_pid}')" -f "^$B/slipway\$"; }

# --- make run ---
run_ui
sees "make run opens the UI at home" 'Your path' 60
ENGINE_PID=$(pgrep -f -- "slipwayd -H unix://$SOCK")
sees "the engine is up" 'engine up'
sees "the lesson is what comes next" '▸ Lesson What a container is'

# --- the lesson ---
ui_keys Enter
sees "the lesson opens" 'A container is not a small machine'
sees "with a terminal beside it" 'Terminal'
ui_keys Enter
sees "its first command runs" '[0-9a-f]{64}' 15
sees "and what changed is shown" '\+ container first' 15
sees "down to the namespaces" '[56] namespaces'
sees "and the kernel's steps" '[0-9]+ kernel steps'
check_eq "it is a real container" "true" "$(S inspect -f '{{.State.Running}}' first)"
for _ in 1 2 3 4 5 6; do ui_keys n; sleep 0.3; done
sees "the last page ends the lesson" 'Lessons|Learn'

# --- the first lab, by typing ---
ui_keys 3
sees "the labs are listed, in order" 'Two namespaces and a wire'
ui_keys Enter
sees "a sandbox opens" 'lab# *$|lab# ' 15
sees "the first step" 'Step 1 of 4'
ui_type 'ip netns add red; ip netns add blue'; ui_keys Enter
sees "the check sees it by itself" 'Step 2 of 4' 15
ui_type 'ip link add veth-red netns red type veth peer name veth-blue netns blue'; ui_keys Enter
sees "the wire is there" 'Step 3 of 4' 15
subnet=$(ui_screen | grep -Eo '192\.168\.[0-9]+' | head -1)
ui_type 'for e in red:1 blue:2; do ip -n ${e%:*} addr add '"$subnet"'.${e#*:}/24 dev veth-${e%:*}; ip -n ${e%:*} link set veth-${e%:*} up; done'; ui_keys Enter
sees "addresses and both ends up" 'Step 4 of 4' 15
sees "the picture shows one end" "${subnet//./\\.}\.1/24" 10
sees "and the other" "${subnet//./\\.}\.2/24" 10
ui_type "ip netns exec red ping -c 3 -i 0.2 $subnet.2"; ui_keys Enter
sees "the ping works" '3 packets transmitted, 3 received' 15
sees "and the lab is done" 'All steps are done' 15
check_eq "one sandbox is up" 1 "$(api GET /slipway/sandboxes | jq length)"
ui_keys C-]
ui_keys Escape
check "leaving removes it" wait_for 10 sh -c "[ \"\$(curl -s --unix-socket $SOCK http://d/slipway/sandboxes)\" = '[]' ]"

# --- the exam, killed in the middle ---
ui_keys 5
sees "the exam screen has a bank" '[0-9]+ +[0-9]+%' 15
ui_keys Enter
sees "the first question" 'Question 1 of 10'
ui_keys a; sees "an answer is stored" 'all answers saved'
ui_keys n; ui_keys b; sees "and a second" '2 of 10 answered'
kill -9 "$(the_ui)"
for pid in $(pgrep -x slipway-classd); do grep -qz "SLIPWAY_CLASS_SOCKET=$TMP/class.sock" "/proc/$pid/environ" && kill -9 "$pid"; done
run_ui
sees "make run opens the UI again" 'Your path|Question' 30
ui_keys 5
sees "the exam goes on" '2 of 10 answered' 15
check_match "with its clock running" '1[0-4]:[0-5][0-9]' "$(ui_screen)"
for n in 3 4 5 6 7 8 9 10; do ui_keys g; ui_type $n; ui_keys Enter; sees "question $n" "Question $n of 10"; ui_keys a; done
sees "all are answered" '10 of 10 answered' 15
ui_keys F
sees "finishing asks" '\by\b'
ui_keys y
sees "the result" 'PASSED +[0-9.]+ of' 15
ui_keys 1
sees "the home screen has it" '1 taken' 10
sees "and the lab" 'Labs .*1 of [0-9]+'
sees "and the lesson" 'Lessons .*1 of [0-9]+'
ui_keys q
sees "q leaves, and says nothing went wrong" 'ended with 0' 10
ui_stop

# --- the container part with Docker's own client ---
export DOCKER_HOST=unix://$SOCK
if have_docker; then
    check_match "docker sees the lesson's container" "first" "$(D ps --format '{{.Names}}')"
    check_eq "docker runs one" "hello" "$(D run --rm busybox echo hello)"
    check_eq "docker enters it" "1" "$(D exec first sh -c 'ps | grep -c "[s]leep 1000"')"
    check_eq "docker reads its pid namespace" "first" "$(D inspect -f '{{.Name}}' first | tr -d /)"
    check_eq "docker limits memory" "67108864" "$(D run --rm -m 64m busybox sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max')"
    check_rc "docker reports a missing command" 127 D run --rm busybox nope
    check_eq "docker removes it" "first" "$(D rm -f first)"
else
    skip "Docker's own client" "not installed"
fi
finish
