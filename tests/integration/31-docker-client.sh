#!/usr/bin/env bash
# An unmodified docker client against the engine, command by command beside our own: the same exit codes, the same shape of output.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
if ! have_docker; then skip "docker client" "not installed"; exit 0; fi
engine_start
export DOCKER_CLI_HINTS=false DOCKER_CONFIG=$TMP/.docker

# What varies between two runs of the same command: IDs, ages, and the program's own name.
shape() {
    sed -E -e 's/[0-9a-f]{64}/<ID64>/g' -e 's/\b[0-9a-f]{12}\b/<ID12>/g' -e 's/(Less than a second|About a minute|[0-9]+ seconds?) ago/<AGO>/g' \
        -e 's/Up (Less than a second|[0-9]+ seconds?)/Up <FOR>/g' -e 's/\b(docker|slipway)\b/PROG/g' -e 's/(See|Run) .PROG/Run PROG/' -e 's/[ \t]+/ /g' -e 's/ $//'
}

# both NAME COMMAND: run it with each client, in turn, with everything the first has made removed before the second.
both() {
    local name=$1 line=$2 ours theirs
    ours=$(cd "$TMP" && PROG="$B/slipway" bash -c "set +e; d() { \"\$PROG\" \"\$@\"; }; $line; echo \"rc \$?\"" 2>&1 </dev/null | shape)
    clean
    theirs=$(cd "$TMP" && PROG="$REAL_DOCKER" bash -c "set +e; d() { \"\$PROG\" \"\$@\"; }; $line; echo \"rc \$?\"" 2>&1 </dev/null | shape)
    clean
    check_eq "$name" "$theirs" "$ours"
}
clean() { S ps -aq | xargs -r "$B/slipway" rm -f >/dev/null 2>&1; }

both "run" 'd run --rm busybox expr 4 + 5'
both "run: exit code" 'd run --rm busybox sh -c "exit 7"'
both "run: 127" 'd run --rm busybox nosuchcmd'
both "run: 126" 'd run --rm busybox /etc/passwd'
both "run: image missing" 'd run --pull never sl-nope'
both "run: name in use" 'd create --name dc-a busybox true; d run --name dc-a busybox true'
both "run: bad name" 'd run --name "bad name" busybox true'
both "run: bad port" 'd run -p 99999:80 busybox true'
both "run: port taken" 'd run -d --name dc-p -p 127.0.0.1:19999:80 busybox sleep 9; d run --name dc-p2 -p 127.0.0.1:19999:80 busybox true'
both "run: bad memory" 'd run -m abc busybox true'
both "run: memory too small" 'd run -m 512 busybox true'
both "run: bad volume" 'd run -v dc:rel busybox true'
both "run: network missing" 'd run --rm --network dc-nonet busybox true'
both "run: flag missing" 'd run --nosuchflag busybox true'
both "run: no operand" 'd run'
both "run: not a terminal" 'd run -it --rm busybox true'
both "run: restart and rm" 'd run --rm --restart always busybox true'
both "run -i" 'echo hello | d run -i --rm busybox cat'
both "run: environment, user, directory, hostname" 'd run --rm -e A=1 -u 1000:1001 -w /var/tmp --hostname box busybox sh -c "echo \$A; id -u; id -g; pwd; hostname"'
both "run: limits" 'd run --rm -m 100m --cpus .5 --pids-limit 64 busybox sh -c "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max; cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max"'
both "run: capabilities" 'd run --rm --cap-drop ALL --cap-add CHOWN busybox grep CapEff /proc/self/status'
both "run: read-only, tmpfs" 'd run --rm --read-only --tmpfs /tmp busybox sh -c "touch /tmp/ok && echo ok; touch /etc/x"'
both "run: a volume" 'd run --rm -v "$PWD:/host:ro" busybox sh -c "ls -d /host; touch /host/x"'
both "run: network none" 'd run --rm --network none busybox ls /sys/class/net'
both "run: entrypoint" 'd run --rm --entrypoint echo busybox from-entrypoint'
both "ps of none" 'd ps -a'
both "ps" 'd run -d --name dc-a --label tier=web busybox sleep 1000; d create --name dc-b busybox true; d ps -a; d ps -q; d ps --format "{{.Names}} {{.State}} {{.Label \"tier\"}}"; d ps -a --filter name=dc-b --format json | sed "s/\"CreatedAt\":\"[^\"]*\"//; s/\"Size\":\"[^\"]*\"//"'
both "ps: errors" 'd ps --filter nosuch=1; d ps --filter nameonly; d ps --format "{{.Nope}}"; d ps --format "{{.Names"'
both "logs" 'd run -d --name dc-l busybox sh -c "for i in 1 2 3; do echo line\$i; done; echo oops >&2"; d wait dc-l; d logs dc-l 2>/dev/null; d logs dc-l 2>&1 >/dev/null; d logs --tail 1 dc-l 2>/dev/null; d logs -f dc-l 2>&1 | sort; d logs --since x dc-l; d logs dc-nope'
both "exec" 'd run -d --name dc-x busybox sleep 1000; d exec dc-x echo hi; d exec dc-x sh -c "exit 17"; echo $?; echo in | d exec -i dc-x cat; d exec -e A=1 -w /tmp -u 1000 dc-x sh -c "echo \$A; pwd; id -u"; d exec -d dc-x touch /tmp/made; echo $?; d exec dc-x nosuchcmd; echo $?; d exec dc-nope ls'
both "start, stop, kill, wait" 'd create --name dc-s busybox sh -c "trap \"exit 12\" TERM; echo ready; while :; do sleep 0.05; done"; d start dc-s; for i in $(seq 300); do d logs dc-s | grep -q ready && break; sleep 0.1; done; d kill -s TERM dc-s; d wait dc-s; d start dc-s; d stop -t 1 dc-s; d restart -t 0 dc-s; d kill dc-s; d wait dc-s; d kill dc-s; d stop dc-nope; d start dc-nope'
both "start -a" 'd create --name dc-sa busybox sh -c "echo out; exit 4"; d start -a dc-sa'
both "attach" 'd run -d --name dc-at busybox sh -c "for i in 1 2 3 4 5 6; do sleep 0.4; done; echo end; exit 9"; d attach --no-stdin dc-at; echo $?; d attach dc-at'
both "pause" 'd run -d --name dc-p busybox sleep 1000; d pause dc-p; d ps --format "{{.State}}"; d pause dc-p; d exec dc-p true; d unpause dc-p; d unpause dc-p'
both "rm" 'd run -d --name dc-r busybox sleep 1000; d rm dc-r; d rm -f dc-r; d rm dc-nope; d rm -f dc-nope'
both "rename" 'd create --name dc-n busybox true; d rename dc-n dc-m; d rename dc-nope x1; d rename dc-m "x y"'
both "inspect" 'd run -d --name dc-i -e A=1 busybox sleep 1000; d inspect -f "{{.Name}} {{.State.Status}} {{json .Config.Cmd}} {{index .Config.Env 0}} {{len .Mounts}}" dc-i; d inspect dc-i | grep -c "^        \""; d inspect dc-nope; d inspect -f "{{.Nope}}" dc-i; d inspect --type image dc-i; d inspect -f "{{.a" x'
both "port and top" 'd run -d --name dc-q -p 127.0.0.1:18099:80 busybox sleep 1000; d port dc-q; d port dc-q 80/tcp; d port dc-q 99; d top dc-q -o pid,args | sed "s/^[0-9]*/N/"'
both "images" 'd images --format "{{.Repository}}:{{.Tag}}" | sort; d images -q busybox; d image inspect -f "{{.Os}}" busybox; d image inspect dc-nope; d rmi dc-nope; d tag busybox Bad:Name'
both "import" 'mkdir -p r/etc; echo x > r/etc/f; tar -C r -cf r.tar .; d import r.tar dc-img:1; d import - < r.tar; d import /nope; head -c 700 r.tar > s.tar; d rmi -f dc-img:1 | grep -c Untagged'
both "volumes" 'd volume create dc-vol; d volume ls -q; d volume inspect -f "{{.Name}} {{.Driver}}" dc-vol; d volume rm dc-vol; d volume rm dc-vol'
both "networks" 'd network ls --format "{{.Name}} {{.Driver}} {{.Scope}}"; d network inspect -f "{{.Driver}}" bridge'
both "management words" 'd container run --rm busybox echo hi; d container ls -aq; d image ls -q busybox; d system info -f "{{.Driver}}"'
both "version" 'd version -f "{{.Server.Os}}"'
both "unknown commands" 'd nosuch; d container nosuch; d ps a; d rename a; d tag a'
both "no daemon" 'd -H unix:///no.sock ps; d -H unix:///no.sock run busybox; d -H unix:///no.sock start x'

# docker's own client keeps the terminal side of things too
check_match "docker run -it" "pts/0" "$(script -qec "$REAL_DOCKER run -it --rm busybox tty" /dev/null </dev/null | tr -d '\r')"
D run -d --name dc-t -it busybox sh >/dev/null
prompts() { printf '\r'; sleep 0.2; grep -q '/ #' "$TMP/attached"; } # its shell has said so already, to nobody
: >"$TMP/attached"
{ for _ in $(seq 100); do prompts && break; done; printf '\020\021'; wait_for 5 test -e "$TMP/left"; } |
    timeout -k 5 90 script -qefc "$REAL_DOCKER attach dc-t; touch $TMP/left" /dev/null >"$TMP/attached" 2>&1
check_eq "docker attach detaches with Ctrl-P Ctrl-Q" "true" "$(D inspect -f '{{.State.Running}}' dc-t)"
finish
