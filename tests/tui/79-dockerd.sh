#!/bin/bash
# The UI on a real Docker engine (DOCKER_HOST): the explorer, and of the X-ray what /proc tells root. What needs our engine says so.
# shellcheck disable=SC2034
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/driver.bash"
[ -x "$(command -v dockerd)" ] || { skip "the UI on a real Docker engine" "there is no dockerd here"; exit 0; }
[ -x /usr/bin/docker ] || { skip "the UI on a real Docker engine" "there is no client of Docker's"; exit 0; }

PARENT=${TMP##*/}
D() { /usr/bin/docker -H "unix://$TMP/d.sock" "$@"; }
# Whatever is left in its control groups, also of an engine that was killed and found its containers no more.
groups_gone() {
    find /sys/fs/cgroup/freezer -path "*/$PARENT/*" -name freezer.state -exec sh -c 'for f; do echo THAWED >"$f"; done' sh {} + 2>/dev/null
    find /sys/fs/cgroup -path "*/$PARENT/*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u | xargs -r kill -9 2>/dev/null
    find /sys/fs/cgroup -depth -type d -path "*/$PARENT*" -exec rmdir {} + 2>/dev/null
    [ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "$PARENT" -print -quit)" ]
}
dockerd_stop() {
    [ -n "${DOCKERD:-}" ] || return 0
    timeout 20 /usr/bin/docker -H "unix://$TMP/d.sock" ps -aq 2>/dev/null | xargs -r timeout 30 /usr/bin/docker -H "unix://$TMP/d.sock" rm -f >/dev/null 2>&1
    kill "$DOCKERD" 2>/dev/null; wait "$DOCKERD" 2>/dev/null; DOCKERD=
    wait_for 10 groups_gone
    awk -v at="$TMP/" 'index($2, at) == 1 {print $2}' /proc/self/mounts | sort -r | xargs -r -n1 umount -l 2>/dev/null
}
at_exit 'ui_stop; dockerd_stop'
dockerd --data-root "$TMP/dd" --exec-root "$TMP/de" -H "unix://$TMP/d.sock" -p "$TMP/d.pid" --bip 10.217.0.1/24 --cgroup-parent "/$PARENT" >"$TMP/d.log" 2>&1 &
DOCKERD=$!
if ! wait_for 30 curl -fs --unix-socket "$TMP/d.sock" http://d/_ping; then
    skip "the UI on a real Docker engine" "dockerd does not start here: $(tail -1 "$TMP/d.log")"; exit 0
fi
D import "$B/images/busybox.tar" busybox:latest >/dev/null
D volume create books >/dev/null
D network create --subnet 10.218.0.0/24 back >/dev/null
D run -d --name web -p 127.0.0.1:18080:80 -v books:/srv -m 64m --cap-add NET_ADMIN busybox \
    sh -c 'n=0; while :; do n=$((n + 1)); echo line-$n; sleep 1; done' >/dev/null
D run -d --name db --network back busybox sleep 100000 >/dev/null
D create --name idle busybox true >/dev/null

UI_ENV=("DOCKER_HOST=unix://$TMP/d.sock" SLIPWAY_HOST=)
ui_start 100 34
sees "home" '2 running'
ui_keys 4 ; sees "the containers, with their ports" 'web +busybox .*running .*18080→80'
check_match "and no figures where there are none" 'web +busybox +● running +-' "$(ui_screen)"
D stop -t 0 db >/dev/null ; sees "what happens is seen" 'db +busybox +○ exited'
D start db >/dev/null ; sees "and again" 'db +busybox +● running'
ui_keys Tab ; sees "images" 'busybox:latest .*web'
ui_keys Enter ; sees "an image: its history, and why not its layers" "Docker's engine does not show its layers"
ui_keys Escape ; sees "back" 'IMAGE'
ui_keys Tab ; sees "volumes" 'books +local .*web'
ui_keys Tab ; sees "networks" 'back +bridge +10\.218\.0\.0/24 +db'
ui_keys Tab ; sees "events" 'container +start +db'
ui_keys Tab ; sees "round again" 'NAME +IMAGE +STATE'
ui_keys / ; ui_type web ; ui_keys Enter ; sees "one of them" '1 of 3'
ui_keys l ; sees "its logs, followed" 'line-[0-9]+' ; ui_keys Escape ; sees "back from the logs" '1 of 3'
ui_keys S ; sees "its figures" 'of 64\.0M' 15 ; ui_keys Escape ; sees "back from the figures" '1 of 3'
ui_keys i ; sees "all that is known" 'HostConfig' ; ui_keys Escape ; sees "back from it" '1 of 3'
ui_keys e ; sees "a shell" '/ #' ; ui_type 'echo in-$(hostname | wc -c)' ; ui_keys Enter ; sees "in it" '^.?in-13'
ui_keys C-d ; ui_keys 'C-]' ; ui_keys Escape ; sees "out of it" '1 of 3'

D exec web sh -c 'echo x >>/etc/passwd'
ui_keys Enter ; sees "its layers, from the mount" '[CU] /etc/passwd' 12
ui_keys Tab ; sees "its namespaces" 'A pid .*its first process is 1' ; sees "its processes" '1 +0 .*sh -c n=0'
ui_keys Tab ; sees "its cgroup" "/$PARENT/" ; sees "its limit" 'of 64\.0M'
check_match "the command that looks" 'ran: slipwayd --look' "$(ui_screen)"
ui_keys Tab ; sees "its network" '10\.217\.0\.2/24'
ui_keys Tab ; sees "the rules of the host" 'DOCKER'
ui_keys Tab ; sees "its signals" 'inside 1 '
ui_keys s j ; sees "one can be sent" 'KILL +ends it' ; ui_keys Escape
ui_keys Tab ; sees "its privileges" '\+ NET_ADMIN'
ui_keys Tab ; sees "its start is known to our engine alone" "not Slipway's own"
ui_keys Escape ; sees "the list" '1 of 3'
ui_keys n ; sees "the map is ours" 'does not show its network'
ui_keys Tab ; sees "so are the rules with their makers" 'does not show its rules'
ui_keys Escape ; sees "the list again" '1 of 3'
ui_keys p ; sees "paused by it" 'paused' ; check_eq "says Docker too" paused "$(D inspect -f '{{.State.Status}}' web)"
ui_keys u ; sees "and on again" '● running'
# Somebody else's number: a process that is not of the container is not looked at.
check_match "no look at another process" 'not of container' "$("$B/slipwayd" --look $$ signals "$(D inspect -f '{{.Id}}' web)" 2>&1)"
check_rc "no such section" 1 "$B/slipwayd" --look $$ steps x
kill -9 "$DOCKERD" ; wait "$DOCKERD" 2>/dev/null
sees "the engine is killed: it says so" 'The engine is away'
rm -f "$TMP/d.pid"
dockerd --data-root "$TMP/dd" --exec-root "$TMP/de" -H "unix://$TMP/d.sock" -p "$TMP/d.pid" --bip 10.217.0.1/24 --cgroup-parent "/$PARENT" >>"$TMP/d.log" 2>&1 &
DOCKERD=$!
sees "and is back" 'engine up|running' 40
finish
