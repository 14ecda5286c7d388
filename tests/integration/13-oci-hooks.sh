#!/bin/bash
# The runtime specification's section "POSIX-platform hooks" (config.md#posix-platform-hooks) and the lifecycle around them
# (runtime.md#lifecycle): each kind at its moment, in its namespaces, with the state on its input, and what becomes of a failure.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/oci.sh"
NOTES=$TMP/notes; mkdir "$NOTES"

# hook KIND COMMAND [MORE]: one hook as JSON, run by the host's shell (the container's for startContainer)
hook() { local shell=/bin/bash; [ "$1" = startContainer ] && shell=/bin/busybox
    jq -cn --arg kind "$1" --arg shell $shell --arg c "$2" '{($kind): [{path:$shell, args:["sh","-c",$c]} + '"${3:-{\}}"']}'; }
hooks() { local all; all=$(printf '%s\n' "$@" | jq -cs 'reduce .[] as $one ({}; reduce ($one | to_entries[]) as $e (.; .[$e.key] += $e.value))'); printf '.hooks = %s' "$all"; }

# --- moments, namespaces, state ---------------------------------------------------------------------------------------------------
note='cat >'$NOTES'/KIND; { echo; readlink /proc/self/ns/mnt /proc/self/ns/net /proc/self/ns/pid; pwd; } >>'$NOTES'/KIND; echo KIND >>'$NOTES/order
every=()
for kind in prestart createRuntime createContainer poststart poststop; do every+=("$(hook $kind "${note//KIND/$kind}")"); done
inside='cat >/notes/startContainer; { echo; for n in mnt net pid; do readlink /proc/self/ns/$n; done; pwd; } >>/notes/startContainer; echo startContainer >>/notes/order'
every+=("$(hook startContainer "$inside")" "$(hook prestart "echo prestart2 >>$NOTES/order")")
bundle all "$(hooks "${every[@]}")"' | .annotations = {"my.key":"my value"} | .mounts += [{"destination":"/notes","type":"bind","source":"'"$NOTES"'","options":["bind"]}]' 'sleep 3000'
R create -b "$TMP/all" all >"$TMP/all.out" 2>&1
check_eq "create runs prestart, createRuntime, createContainer, as they are listed" "prestart prestart2 createRuntime createContainer" "$(xargs <"$NOTES/order")"
pid=$(R state all | jq .pid)
space() { readlink "/proc/$1/ns/mnt" "/proc/$1/ns/net" "/proc/$1/ns/pid" | xargs; }
theirs=$(space "$pid"); ours=$(space self)
R start all
check_eq "start runs startContainer and poststart" "startContainer poststart" "$(xargs <"$NOTES/order" | cut -d' ' -f5-)"
R delete -f all
check_eq "delete runs poststop, after the container is gone" "poststop" "$(xargs <"$NOTES/order" | cut -d' ' -f7-)"
facts() { sed -n "$2p" "$NOTES/$1" | xargs; }
for kind in prestart createRuntime poststart poststop; do check_eq "$kind: in the runtime's namespaces" "$ours" "$(facts $kind 2,4)"; done
for kind in createContainer startContainer; do check_eq "$kind: in the container's namespaces" "$theirs" "$(facts $kind 2,4)"; done
for kind in prestart createRuntime createContainer poststart poststop; do check_eq "$kind: begins in the bundle" "$TMP/all" "$(facts $kind 5)"; done
check_eq "startContainer: begins where the process will" "/" "$(facts startContainer 5)"
state() { head -1 "$NOTES/$1" | jq -r "$2"; }
check_eq "state: the status of each moment" "created created created created running stopped" \
    "$(for kind in prestart createRuntime createContainer startContainer poststart poststop; do state $kind .status; done | xargs)"
check_eq "state: the pid as the runtime sees it" "$pid $pid $pid" "$(for kind in prestart createRuntime poststart; do state $kind .pid; done | xargs)"
check_eq "state: the pid as the container sees it" "1 1" "$(for kind in createContainer startContainer; do state $kind .pid; done | xargs)"
check_eq "state: version, id, bundle, annotations" "1.3.0 all $TMP/all my value" "$(state createContainer '[.ociVersion, .id, .bundle, .annotations["my.key"]] | join(" ")')"
check_match "createContainer: the mounts are there, the root is not changed yet" "self" "$(seen "$(hooks "$(hook createContainer "ls $TMP/rootfs/proc >$NOTES/mounted")")"; cat "$NOTES/mounted")"
check_eq "createContainer: what it mounts is the container's" "from the hook" \
    "$(seen "$(hooks "$(hook createContainer "mount -t tmpfs hook $TMP/rootfs/root && echo from the hook >$TMP/rootfs/root/x")")" 'cat /root/x'; ls "$TMP/rootfs/root")"
check_match "prestart: may still change the network namespace" "^hooked" "$(seen "$(hooks "$(hook prestart 'pid=$(jq .pid); nsenter -t $pid -n ip link add hooked type bridge')")" 'ls /sys/class/net | grep hooked')"

# --- what a hook is given ---------------------------------------------------------------------------------------------------------
said() { seen "$(hooks "$1")" >/dev/null; cat "$NOTES/said"; rm -f "$NOTES/said"; }
check_eq "env: none given, it is the runtime's" "inherited" "$(export PROOF=inherited; said "$(hook prestart "echo \$PROOF >$NOTES/said")")"
check_eq "env: what is given, nothing else" "B=c" "$(export PROOF=inherited; said "$(hook prestart "/usr/bin/env | grep -vE '^(_|PWD|SHLVL)=' >$NOTES/said" '{env:["B=c"]}')")"
check_eq "args: none given, it is the path alone" "0" "$(printf '#!/bin/bash\necho $# >%s/said\n' "$NOTES" >"$TMP/alone"; chmod 755 "$TMP/alone"; said '{"prestart":[{"path":"'"$TMP/alone"'"}]}')"
check_eq "descriptors: nothing of the runtime's is open" "0 1 2 3" "$(exec 7</etc/passwd; said "$(hook prestart "exec ls /proc/self/fd >$NOTES/said")" | xargs)"
check_eq "annotations run.oci.hooks.stdout and stderr" "out err" "$(seen "$(hooks "$(hook prestart 'echo out; echo err >&2')")"' | .annotations = {"run.oci.hooks.stdout":"'"$TMP/o"'","run.oci.hooks.stderr":"'"$TMP/e"'"}'; cat "$TMP/o" "$TMP/e" | xargs)"
check_eq "a state that nobody reads, larger than a pipe, stops nothing" "went on" "$(seen "$(hooks "$(hook prestart true)")"' | .annotations = {"big": ([range(40000)] | map(tostring) | join("-"))}' 'echo went on')"

# --- failures ---------------------------------------------------------------------------------------------------------------------
for kind in prestart createRuntime createContainer startContainer; do
    rm -f "$NOTES/after"
    refused "$kind fails: no container, its words are told" "error running $kind hook #1: exit code 3, it said: oh no" \
        "$(hooks "$(hook $kind true)" "$(hook $kind 'echo oh no; exit 3')" "$(hook $kind "echo third >$NOTES/third")" "$(hook poststop "jq -r .status >$NOTES/after")")"
    check_eq "$kind fails: nothing is left, poststop is run, later ones are not" "stopped" "$(cat "$NOTES/after"; R list -q; groups_left c; ls "$NOTES" | grep third)"
done
rm -f "$NOTES/after"
out=$(seen "$(hooks "$(hook poststart 'echo sorry >&2; exit 4')" "$(hook poststart "touch $NOTES/second")" "$(hook poststop "jq -r .status >$NOTES/after")")" 'sleep 1000'); rc=$?
check_match "poststart fails: so does run, its words are told" "error running poststart hook #0: exit code 4, it said: sorry" "$out"
check_eq "poststart fails: the container is ended and gone, poststop is run, later ones are not" "1 stopped" "$rc $(cat "$NOTES/after"; R list -q; groups_left c; ls "$NOTES" | grep second)"
for kind in startContainer poststart; do
    bundle late "$(hooks "$(hook $kind 'exit 6')" "$(hook poststop "jq -r .id >$NOTES/after")")" 'sleep 1000'
    R create -b "$TMP/late" late >/dev/null 2>&1; out=$(R start late 2>&1)
    check_eq "$kind fails after create: start says so, and nothing is left" "slipway-oci: error running $kind hook #0: exit code 6 late" "$(xargs <<<"$out" | sed 's/time=.*level=error msg=//') $(cat "$NOTES/after"; R list -q; groups_left c)"
done
out=$(seen "$(hooks "$(hook poststop 'exit 5')" "$(hook poststop "touch $NOTES/went-on")")"); rc=$?
check_match "poststop fails: a warning" "warning.*poststop hook failed with exit code 5" "$out"
check_eq "poststop fails: the others are run, the container is gone" "0 $NOTES/went-on" "$rc $(ls "$NOTES/went-on"; R list -q)"
check_match "killed: by which signal" "error running prestart hook #0: killed by signal 9" "$(seen "$(hooks "$(hook prestart 'kill -9 $$')")")"
check_match "missing: which file" "error running startContainer hook #0: execute /no/such: No such file" "$(seen '.hooks = {"startContainer":[{"path":"/no/such"}]}')"
begun=$SECONDS
out=$(seen "$(hooks "$(hook createRuntime "sleep 100 & echo \$! >$NOTES/child; sleep 100" '{timeout:1}')")")
check_match "timeout: it ends the hook and the container" "error running createRuntime hook #0: still running after 1 s" "$out"
check "timeout: it was not waited for" test $((SECONDS - begun)) -lt 60
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"; }
check "timeout: its own children end with it" wait_for 5 gone "$(cat "$NOTES/child")"
refused "timeout: zero" "hooks.poststop\[0\].timeout must be greater than zero" '.hooks = {"poststop":[{"path":"/bin/true","timeout":0}]}'
refused "path: must be absolute" 'hooks.createContainer\[0\].path "true" is not an absolute path' '.hooks = {"createContainer":[{"path":"true"}]}'

# --- in a user namespace ----------------------------------------------------------------------------------------------------------
base=$((0x10000000 + 65536 * 78)); map='[{"containerID":0,"hostID":'$base',"size":65536}]'
chmod 755 "$TMP"
check_match "createContainer: root of the user namespace, no more" "^0 +$base +65536" \
    "$(seen "$(hooks "$(hook createContainer 'cat /proc/self/uid_map >&2; exit 1')")"' | .linux.namespaces += [{"type":"user"}] | .linux.uidMappings = '"$map"' | .linux.gidMappings = '"$map" | sed -n 's/.*it said: *//p')"
check_match "--debug shows each hook as a step" "hook +/bin/bash -c true" "$(bundle debug "$(hooks "$(hook prestart true)")"; R --debug run -b "$TMP/debug" debug 2>&1)"
check_eq "nothing is left" "" "$(R list -q; groups_left c)"
finish
