#!/bin/bash
# slipway-oci's command line, as podman, containerd, crun's and runc's users know it: each command and flag that the other tests do not use.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../oci.sh"
O() { timeout 60 $OCI "$@"; } # with the caller's standard input
# own NAME FILTER COMMAND: a bundle whose container has a group of its own, as deleting one ends whatever is in its group
own() { bundle "$1" ".linux.cgroupsPath = \"/$GROUP/$1\" | $2" "${3:-true}"; }

bundle plain . 'while :; do sleep 0.05; done'
check_match "the version line of capabilities" "^\+SECCOMP \+CAP" "$(R --version)"
check_match "the specification's version" "^spec: 1\.[0-9]+\.[0-9]+$" "$(R --version)"
ln -s "$B/slipway-oci" "$TMP/crun"
check_match "help names the program by the name it was called by" "^Usage: crun \[OPTION...\] exec CONTAINER cmd" "$("$TMP/crun" exec --help)"

# --- where and how errors are told ------------------------------------------------------------------------------------------------
R --log "$TMP/json.log" --log-format json state none >/dev/null 2>&1
check_eq "--log-format json: a line as runc writes it" 'error container "none" does not exist true' \
    "$(jq -r '"\(.level) \(.msg) \(.time | test("^2.*T.*Z$"))"' "$TMP/json.log")"
R --log "file:$TMP/text.log" state none >/dev/null 2>&1
check_match "--log file:PATH, as text" 'level=error msg="container \\"none\\" does not exist"' "$(cat "$TMP/text.log")"
check_match "a log that cannot be written is an error" "open log file" "$(R --log /no/such/log list 2>&1)"
check_rc "an unknown log format is refused" 1 $OCI --log-format yaml list
check_rc "an unknown manager of groups is refused" 1 $OCI --cgroup-manager upstart list
check_match "json on stderr where there is no log" '"level":"error"' "$(R --log-format json state none 2>&1)"
own old '.ociVersion = "2.0.0"'
check_match "a version that is not known is refused" 'ociVersion "2.0.0"' "$(R run -b "$TMP/old" old 2>&1)"

# --- create and run -----------------------------------------------------------------------------------------------------------------
own other . 'echo from the other config'; cp "$TMP/other/config.json" "$TMP/plain/other.json"
check_eq "--config names the config, in the bundle" "from the other config" "$(R run -b "$TMP/plain" --config other.json c1)"
own fds . 'echo $(ls /proc/self/fd) -- $LISTEN_FDS $LISTEN_PID; cat <&4'
echo passed >"$TMP/passed"
check_eq "--preserve-fds: so many, and none more" "0 1 2 3 4 5 -- passed" \
    "$(O run -b "$TMP/fds" --preserve-fds 2 c1 3</dev/null 4<"$TMP/passed" 5</dev/null 6</dev/null </dev/null | xargs)"
check_match "LISTEN_FDS: sockets of activation" "^0 1 2 3 4 5 -- 2 1 passed" \
    "$(LISTEN_FDS=2 timeout 60 $OCI run -b "$TMP/fds" c1 3</dev/null 4<"$TMP/passed" </dev/null | xargs)"
check_no_match "meant for another process, they are not ours" "2 1" \
    "$(LISTEN_FDS=2 LISTEN_PID=1 timeout 60 $OCI run -b "$TMP/fds" c1 3</dev/null 4<"$TMP/passed" </dev/null 2>&1 | xargs)"
R run -b "$TMP/plain" --detach kept >/dev/null 2>&1
check_eq "run --detach leaves it running" running "$(status kept)"
cp "$TMP/plain/config.json" "$TMP/kept.json"; echo '{}' >"$TMP/plain/config.json"
check_eq "what becomes of the bundle's config matters no more" fine "$(R exec kept echo fine)"
cp "$TMP/kept.json" "$TMP/plain/config.json"
own short . 'exit 3'
R run -b "$TMP/short" --keep ended; check_eq "run --keep: the exit code" 3 $?
check_eq "and the container is kept" stopped "$(status ended)"; R delete ended
for id in .hidden a/b "" "$(printf 'x%.0s' $(seq 300))"; do check_match "no container is called \"${id:0:10}\"" "container ID" "$(R create -b "$TMP/plain" "$id" 2>&1)"; done

# --- looking ------------------------------------------------------------------------------------------------------------------------
check_match "list: a table" "^kept +[0-9]+ +running +$TMP/plain +20.*Z +root$" "$(R list)"
check_eq "list --format json" "kept running root" "$(R list -f json | jq -r '.[] | "\(.id) \(.status) \(.owner)"')"
check_eq "state: what the specification asks for" '"1.3" "kept" "running" true' "$(R state kept | jq -c '.ociVersion[:3], .id, .status, (.pid > 0)' | xargs -d'\n' echo)"
check_eq "state: where its root is" "$TMP/rootfs" "$(R state kept | jq -r .rootfs)"
check_match "ps: a table" "^0 +$(R state kept | jq .pid) +[0-9]+ +sh -c while" "$(R ps kept)"
check_match "ps with ps's own options" "^ *$(R state kept | jq .pid) +S" "$(R ps kept -o pid,stat)"
check_eq "and only the container's" "" "$(R ps kept -ef | grep " $$ ")"
printf '#!/bin/sh\nexec yes COMMAND\n' >"$TMP/ps"; chmod 755 "$TMP/ps"; PS=/bin/ps; [ -e $PS ] || PS=/usr/bin/ps
mount --bind "$TMP/ps" "$PS"
check_match "a ps that says much without a column PID is not waited for" "output has no column PID" "$(R ps kept -e 2>&1)"
umount "$PS"
check_match "features" '^\["prestart","createRuntime","createContainer","startContainer","poststart","poststop"\] true SCMP_ACT_ERRNO$' \
    "$(R features | jq -r '"\(.hooks) \(.linux.namespaces | contains(["mount","user"])) \(.linux.seccomp.actions[] | select(. == "SCMP_ACT_ERRNO"))"')"
check_eq "events --stats: figures" "stats kept true" "$(R events --stats kept | jq -r '"\(.type) \(.id) \(.data.pids.current >= 1)"')"
timeout 3000 $OCI events --interval 100ms kept </dev/null >"$TMP/events" & EVENTS=$!
check "events: again and again" wait_for 10 eval '[ "$(grep -c stats "$TMP/events")" -ge 2 ]'

# --- changing -----------------------------------------------------------------------------------------------------------------------
if [ -d /sys/fs/cgroup/memory ]; then
    group() { cat "/sys/fs/cgroup/$1/$GROUP/c/$2"; }
    R update --memory 64m --memory-swap 128m --pids-limit 40 --cpu-share 512 --cpu-quota 50000 --cpu-period 100000 --cpuset-cpus 0 kept
    check_eq "update by flags" "67108864 134217728 40 512 50000 0" "$({ group memory memory.limit_in_bytes; group memory memory.memsw.limit_in_bytes
        group pids pids.max; group cpu cpu.shares; group cpu cpu.cfs_quota_us; group cpuset cpuset.cpus; } | xargs)"
    echo '{"pids":{"limit":30}}' | O update -r - kept; check_eq "update from standard input" 30 "$(group pids pids.max)"
    check_rc "a limit that is no number is refused" 1 $OCI update --memory much kept
    check_eq "and nothing is changed" 67108864 "$(group memory memory.limit_in_bytes)"
else
    skip "update" "no cgroup v1 memory controller"
fi
mkdir "$TMP/added"; echo added >"$TMP/added/file"
jq -n --arg s "$TMP/added" '[{"destination":"/tmp","type":"tmpfs","source":"tmpfs"},{"destination":"/tmp/deep/er","type":"bind","source":$s,"options":["bind","ro"]}]' >"$TMP/more.json"
R mounts add kept "$TMP/more.json"; check_eq "mounts add" added "$(R exec kept cat /tmp/deep/er/file)"
check_match "with their options" "Read-only" "$(R exec kept touch /tmp/deep/er/x 2>&1)"
R mounts remove kept "$TMP/more.json"; check_no_match "mounts remove" " /tmp " "$(R exec kept cat /proc/mounts)"
check_rc "what is not mounted is not removed" 1 $OCI mounts remove kept "$TMP/more.json"

# --- exec ---------------------------------------------------------------------------------------------------------------------------
for user in 0x0 " 1" 1abc +1 -1 1: :1 1:2:3 4294967295 ""; do check_match "exec --user \"$user\" is nobody" "numbers are needed" "$(R exec --user "$user" kept id 2>&1)"; done
check_match "exec --user, --additional-gids, --cwd, --env" "^uid=7 gid=8 groups=(8,)?9 /proc blue$" \
    "$(R exec --user 7:8 --additional-gids 9 --cwd /proc --env COLOUR=blue kept sh -c 'echo $(id) $PWD $COLOUR')"
check_match "exec --cap" "CapEff:.00000000a82425fb" "$(R exec --cap CAP_SYS_ADMIN kept grep CapEff /proc/self/status)"
check_match "exec --no-new-privs" "NoNewPrivs:.1" "$(R exec --no-new-privs kept grep NoNew /proc/self/status)"
check_eq "exec --preserve-fds" passed "$(O exec --preserve-fds 1 kept sh -c 'cat <&3' 3<"$TMP/passed" </dev/null)"
jq '.process | .args = ["echo", "from a file"]' "$TMP/plain/config.json" >"$TMP/process.json"
check_eq "exec --process" "from a file" "$(R exec --process "$TMP/process.json" kept)"
check_match "exec --cgroup of what is not there" "no group" "$(R exec --cgroup /none kept true 2>&1)"
check_match "nor one outside" "components are not allowed" "$(R exec --cgroup ../.. kept true 2>&1)"
check_rc "exec of what is not there: 127" 127 $OCI exec kept nope
python3 - "$TMP/pidfd" "$TMP/pidfd.pid" <<'PY' &
import array, re, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1); s.settimeout(60); c, _ = s.accept()
_, control, _, _ = c.recvmsg(64, socket.CMSG_LEN(4))
fd = array.array("i", control[0][2])[0]
open(sys.argv[2], "w").write(re.search(r"Pid:\s+(\d+)", open(f"/proc/self/fdinfo/{fd}").read()).group(1))
PY
wait_for 10 test -S "$TMP/pidfd"
R exec --detach --pid-file "$TMP/exec.pid" --pidfd-socket "$TMP/pidfd" kept sleep 5 >/dev/null 2>&1; wait $!
check_eq "--pidfd-socket gets a pidfd of it" "$(cat "$TMP/exec.pid")" "$(cat "$TMP/pidfd.pid")"

# --- several at once ------------------------------------------------------------------------------------------------------------------
own spare . 'while :; do sleep 0.05; done'
jq --arg oci "$OCI" --arg out "$TMP/hook.out" '.hooks.createRuntime = [{"path":"/bin/sh","args":["sh","-c",($oci + " state hooked >" + $out)]}]' \
    "$TMP/spare/config.json" >"$TMP/spare/hooked.json"
R create -b "$TMP/spare" --config hooked.json hooked >/dev/null 2>&1
check_eq "a hook may ask for the state of what is being made" creating "$(jq -r .status "$TMP/hook.out")"
R delete -f hooked
for _ in 1 2 3 4 5 6; do R create -b "$TMP/spare" race >/dev/null 2>&1 && echo made; done >"$TMP/race" &
for _ in 1 2 3 4 5 6; do R delete -f race >/dev/null 2>&1 || echo failed; done; wait $!
R delete -f race
check_eq "create and delete of one container at once: whole, or not there" "" "$(R state race 2>/dev/null; ls -A "$TMP/state" | grep race)"
R create -b "$TMP/spare" web-1 >/dev/null 2>&1; own another . "sleep 3000"; R create -b "$TMP/another" web-2 >/dev/null 2>&1
R kill --regex '^web-' KILL; check "kill --regex" wait_for 5 eval 'is web-1 stopped && is web-2 stopped'
R delete --regex '^web-'; check_eq "delete --regex" kept "$(R list -q)"
check_match "an unknown signal" "unknown signal" "$(R kill kept SIGNONE 2>&1)"
R kill --all kept 9; check "kill --all by number" wait_for 5 is kept stopped
wait $EVENTS; check_eq "events end with the container" 0 $?
R delete kept
check_eq "several roots side by side" "there" "$(R create -b "$TMP/plain" one >/dev/null 2>&1; timeout 30 "$B/slipway-oci" --root "$TMP/second" list -q; R list -q | grep -q one && echo there)"
R delete -f one

# --- readiness -----------------------------------------------------------------------------------------------------------------------
python3 - "$TMP/ready.sock" "$TMP/heard" <<'PY' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); s.settimeout(120)
open(sys.argv[2], "wb").write(s.recv(100))
PY
LISTENER=$!
tell() { python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(sys.argv[2].encode(), sys.argv[1])' "$TMP/state/ready/notify/notify" "$1"; }
wait_for 10 test -S "$TMP/ready.sock"
own told . 'echo $NOTIFY_SOCKET; [ -S $NOTIFY_SOCKET ] && echo socket; exec sleep 3000'
export NOTIFY_SOCKET=$TMP/ready.sock
R create -b "$TMP/told" ready >"$TMP/told.out" 2>&1
{ R start ready; echo $? >"$TMP/started"; } & START=$!
check "the container finds a socket where the caller's is" wait_for 10 eval '[ "$(xargs <"$TMP/told.out")" = "$TMP/ready.sock/notify socket" ]'
tell "STATUS=getting there"
check "start waits until it is ready" eval 'is ready running && [ ! -e "$TMP/started" ]'
tell "MAINPID=1
READY=1"
wait $START $LISTENER
check_eq "then it returns, and the caller is told so, and nothing else" "0 READY=1" "$(cat "$TMP/started") $(cat "$TMP/heard")"
unset NOTIFY_SOCKET
R delete -f ready

# --- terminals -----------------------------------------------------------------------------------------------------------------------
own tty '.process.terminal = true' 'seq 15000; echo the last line' # more than a pipe holds, so that some of it waits in the runtime
check_eq "the last lines of a terminal are not lost, however slowly they are read" "15001 the last line" \
    "$(R run -b "$TMP/tty" t1 | (sleep 0.5; cat) | tr -d '\r' | awk 'END {print NR, $0}')"
own lines '.process.terminal = true' 'stty -echo; echo begun; cat; echo over'
check_match "the end of standard input is the end of what is typed" "over" "$( (sleep 0.3; echo typed) | O run -b "$TMP/lines" t2)"
background plain busy >/dev/null
# Nobody reads: the process is held up when the pipe, the ring and the terminal are full.
mkfifo "$TMP/full"; exec 8<>"$TMP/full"
timeout 60 $OCI exec --tty busy seq 40000 </dev/null >"$TMP/full" 2>/dev/null 8>&- & STUCK=$!
check "somebody writes" wait_for 10 R exec busy sh -c 'ps | grep -q "[s]eq 40000"'
check "with nobody to read it waits at rest" at_rest "$(pgrep -P $STUCK | head -1)" 5 0.3
exec 8>&-
wait $STUCK; check_eq "and goes on when the reader has left" 0 $?
timeout 60 $OCI exec --tty busy seq 20000 </dev/null 2>/dev/null | head -1 >/dev/null; check_eq "a reader that leaves holds nothing up" "0" "${PIPESTATUS[1]}"
R delete -f busy
check_eq "nothing is left" "" "$(groups_left c; R list -q)"
finish
