#!/usr/bin/env bash
# The command line against the engine: what people type, what they see, and with what code it ends.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
engine_start

# run: output, streams, exit codes
check_eq "run prints what the process prints" "hi" "$(S run --rm busybox echo hi)"
check_eq "the streams stay apart" "out|err" "$(S run --rm busybox sh -c 'echo out; echo err >&2' 2>"$TMP/err")|$(cat "$TMP/err")"
check_rc "run ends with the process's code" 7 S run --rm busybox sh -c 'exit 7'
check_rc "a command that is not there is 127" 127 S run --rm busybox nosuchcmd
check_rc "a file that is no program is 126" 126 S run --rm busybox /etc/passwd
check_rc "an image that is not there is 125" 125 S run --rm sl-nope
check_match "and the image is named as Docker names it" "Unable to find image 'sl-nope:latest' locally" "$(S run sl-nope 2>&1)"
check_match "with the reason and where help is" "Run 'slipway run --help' for more information" "$(S run sl-nope 2>&1)"
check_rc "a flag that is none is 125" 125 S run --nosuchflag busybox true
check_rc "a bad memory limit is 125" 125 S run -m abc busybox true
check_match "and says what is wrong with it" "invalid argument \"abc\" for \"-m, --memory\" flag: invalid size: 'abc'" "$(S run -m abc busybox true 2>&1)"
check_match "--restart and --rm exclude each other" "conflicting options: cannot specify both --restart and --rm" "$(S run --rm --restart always busybox 2>&1)"
check_match "-t without a terminal is refused" "the input device is not a TTY" "$(S run -it --rm busybox true 2>&1 </dev/null)"
check_match "run needs an image" "'slipway run' requires at least 1 argument" "$(S run 2>&1)"
check_eq "stdin reaches the process, its end too" "$(printf 'a\nb\n' | md5sum)" "$(printf 'a\nb\n' | S run -i --rm busybox cat | md5sum)"
head -c 3000000 /dev/urandom >"$TMP/big"
check_eq "three megabytes through stdin and stdout are the same" "$(md5sum <"$TMP/big")" "$(S run -i --rm busybox cat <"$TMP/big" | md5sum)"
check_eq "a silent run of true says nothing" "" "$(S run --rm --network none busybox true 2>&1)"

# signals
"$B/slipway" run --rm --name cli-sig busybox sh -c 'trap "echo got-term; exit 9" TERM; echo ready; while :; do sleep 0.05; done' >"$TMP/sig" 2>&1 &
client=$!
wait_for 10 grep -q ready "$TMP/sig"
kill -TERM $client; wait $client
check_eq "a signal to the client reaches the process, its code comes back" "9" "$?"
check_match "and its last words" "got-term" "$(cat "$TMP/sig")"

# explain
S run --rm --explain busybox echo hi >"$TMP/out" 2>"$TMP/steps"
check_eq "--explain leaves stdout alone" "hi" "$(cat "$TMP/out")"
check_match "it numbers each act with its time" "^ +[0-9]+ +[0-9.]+ (ns|us|ms) +" "$(cat "$TMP/steps")"
check_match "names the clone" "clone" "$(cat "$TMP/steps")"
check_match "and the shell command that would do it" '^ +\$ ' "$(cat "$TMP/steps")"
check_no_match "without colours when it is no terminal" $'\033' "$(cat "$TMP/steps")"
check_match "steps are numbered in order" "^1$" "$(grep -Eo '^ +[0-9]+  ' "$TMP/steps" | head -1 | tr -d ' ')"

# life of a container
ID=$(S run -d --name cli-web --label tier=web -e COLOR=red -p 127.0.0.1:18080:80 -m 64m busybox sh -c 'echo started; exec sleep 1000')
check_match "run -d prints the ID" '^[0-9a-f]{64}$' "$ID"
check_eq "ps shows the name" "cli-web" "$(S ps --format '{{.Names}}')"
check_match "ps has Docker's heading" '^CONTAINER ID   IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$' "$(S ps | head -1)"
check_match "and its row" "^${ID:0:12}   busybox   \"sh -c 'echo started…\"   .* ago   Up .*   127.0.0.1:18080->80/tcp   cli-web$" "$(S ps | sed -n 2p)"
check_eq "ps -q prints short IDs" "${ID:0:12}" "$(S ps -q)"
check_eq "ps --no-trunc -q prints long ones" "$ID" "$(S ps -q --no-trunc)"
check_eq "labels can be asked for" "web" "$(S ps --format '{{.Label "tier"}}')"
check_eq "filters filter" "" "$(S ps -q --filter label=tier=db)"
check_match "json rows" '^\{"Command":.*"Names":"cli-web".*\}$' "$(S ps --format json)"
check_match "a filter without value is a bad flag" 'invalid argument "nameonly" for "-f, --filter" flag: bad format of filter' "$(S ps --filter nameonly 2>&1)"
check_rc "with code 125" 125 S ps --filter nameonly
check_eq "a field that is not there is named" "failed to execute template: template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope in type *formatter.ContainerContext" "$(S ps --format '{{.Nope}}' 2>&1)"
check_eq "inspect -f" "/cli-web true 67108864" "$(S inspect -f '{{.Name}} {{.State.Running}} {{.HostConfig.Memory}}' cli-web)"
check_eq "inspect finds images by the same command" "linux" "$(S inspect -f '{{.Os}}' busybox)"
check_eq "inspect of two" "2" "$(S inspect cli-web busybox | jq length)"
check_eq "inspect of nothing is an empty list" "[]" "$(S inspect cli-nope 2>/dev/null)"
check_rc "and an error" 1 S inspect cli-nope
check_eq "a missing key is a template error" "1" "$(S inspect -f '{{.Nope}}' cli-web >/dev/null 2>&1; echo $?)"
check_rc "a broken template is 64" 64 S inspect -f '{{.a' cli-web
check_eq "port" "80/tcp -> 127.0.0.1:18080" "$(S port cli-web)"
check_eq "port of one" "127.0.0.1:18080" "$(S port cli-web 80)"
check_match "port that is not published" "Error: No public port '99' published for cli-web" "$(S port cli-web 99 2>&1)"
wait_for 5 sh -c "\"$B/slipway\" logs cli-web | grep -q started"
check_eq "logs" "started" "$(S logs cli-web)"
check_match "logs -t" '^[0-9]{4}-[0-9-]+T[0-9:.]+Z started$' "$(S logs -t cli-web)"
check_eq "logs --tail 0" "" "$(S logs --tail 0 cli-web)"
check_eq "logs --since tomorrow" "" "$(S logs --since 2099-01-01T00:00:00Z cli-web)"
check_match "logs --since nonsense" 'invalid value for "since": failed to parse value as time or duration: "x"' "$(S logs --since x cli-web 2>&1)"
check_eq "exec" "red" "$(S exec cli-web sh -c 'echo $COLOR')"
check_rc "exec ends with its code" 5 S exec cli-web sh -c 'exit 5'
check_eq "exec -i -e -w -u" "x:/tmp:1000:in" "$(echo in | S exec -i -e A=x -w /tmp -u 1000 cli-web sh -c 'read l; echo "$A:$(pwd):$(id -u):$l"')"
check_eq "exec -d returns at once" "" "$(S exec -d cli-web touch /tmp/made)"
wait_for 5 S exec cli-web test -f /tmp/made
check "and does its work" S exec cli-web test -f /tmp/made
check_rc "exec in a container that is not there is 1" 1 S exec cli-nope true
check_match "top" 'sleep 1000' "$(S top cli-web)"
check_match "top in columns of twenty" '^UID +PID +PPID +C +STIME +TTY +TIME +CMD$' "$(S top cli-web | head -1)"
S run -d --name cli-user -u 1000 busybox sleep 999 >/dev/null
check_match "top with a format of its own, of another user's process" 'sleep 999' "$(S top cli-user -o pid,args)"
S rm -f cli-user >/dev/null
check_match "stats" "cli-web +[0-9.]+% +[0-9.]+[KM]iB / 64MiB" "$(S stats --no-stream cli-web)"
check_eq "stats by template" "cli-web" "$(S stats --no-stream --format '{{.Name}}' cli-web)"
check_eq "pause" "cli-web" "$(S pause cli-web)"
check_match "shows in ps" "(Paused)" "$(S ps)"
check_match "attach to a paused one is refused" "You cannot attach to a paused container" "$(S attach cli-web 2>&1)"
check_eq "unpause" "cli-web" "$(S unpause cli-web)"
check_eq "rename" "" "$(S rename cli-web cli-neu)"
check_eq "kill -s" "cli-neu" "$(S kill -s KILL cli-neu)"
check_eq "wait gives the code" "137" "$(S wait cli-neu)"
check_rc "attach to a stopped one is refused" 1 S attach cli-neu
check_eq "start again" "cli-neu" "$(S start cli-neu)"
check_eq "restart" "cli-neu" "$(S restart -t 0 cli-neu)"
check_eq "stop" "cli-neu" "$(S stop -t 0 cli-neu)"
check_rc "rm of a missing one" 1 S rm cli-neu cli-nope
check_eq "removed the other all the same" "" "$(S ps -aq --filter name=cli-neu)"
check_rc "rm -f of a missing one is none" 0 S rm -f cli-nope

# create, start -a, attach, wait
S create -i --name cli-cat busybox cat >/dev/null
check_eq "start -ai" "one two" "$(echo one two | S start -ai cli-cat)"
S create --name cli-four busybox sh -c 'echo out; exit 4' >/dev/null
check_eq "start -a gives output and code" "out 4 " "$( (S start -a cli-four; echo $?) | tr '\n' ' ')"
check_eq "start of a missing one is named twice" "Error response from daemon: No such container: cli-nope
Error: failed to start containers: cli-nope" "$(S start cli-nope 2>&1)"
S run -d --name cli-tick busybox sh -c 'for i in 1 2 3 4 5 6; do echo tick; sleep 0.1; done; exit 6' >/dev/null
check_match "attach --no-stdin sees what comes and the code" 'tick.*6$' "$(S attach --no-stdin cli-tick | tr '\n' ' '; echo "${PIPESTATUS[0]}")"
S run --cidfile "$TMP/cid" --name cli-cid busybox true
check_eq "--cidfile holds the ID" "$(S inspect -f '{{.Id}}' cli-cid)" "$(cat "$TMP/cid")"
check_match "and is not overwritten" "container ID file found" "$(S run --cidfile "$TMP/cid" busybox true 2>&1)"

# a terminal, through script(1), which gives it 30 rows of 100 columns
cat >"$TMP/tty.sh" <<EOF
stty rows 30 cols 100
"$B/slipway" run -it --rm --name cli-tty busybox sh -c 'stty size; tty; exit 3'
echo "rc \$?"
stty -a | grep -o ' -\\?echo '
EOF
script -qec "bash $TMP/tty.sh" /dev/null </dev/null >"$TMP/tty.out" 2>&1
check_match "-it gives a terminal of the same size" "30 100" "$(cat "$TMP/tty.out")"
check_match "and the exit code" "rc 3" "$(cat "$TMP/tty.out")"
check_match "and leaves our terminal as it was" "^ echo" "$(tr -d '\r' <"$TMP/tty.out" | tail -1)"
{ wait_for 5 grep -q '/ #' "$TMP/det"; printf '\020\021'; wait_for 5 test -e "$TMP/det.left"; } |
    timeout -k 5 90 script -qefc "$B/slipway run -it --name cli-det busybox sh; touch $TMP/det.left" /dev/null >"$TMP/det" 2>&1
check_eq "Ctrl-P Ctrl-Q detaches, the container runs on" "true" "$(S inspect -f '{{.State.Running}}' cli-det)"

# xray
S run -d --name cli-x -m 32m -p 18081:80 busybox sh -c 'echo x >/etc/new; sleep 1000' >/dev/null
wait_for 5 S exec cli-x test -f /etc/new
check_match "xray layers: the stack" 'upper .* read-write' "$(S xray cli-x layers)"
check_match "xray layers: what changed" 'A /etc/new' "$(S xray cli-x layers)"
check_match "xray namespaces" '^  pid +[0-9]{10} +[0-9]{10}' "$(S xray cli-x namespaces)"
check_match "xray cgroup: the gauge" 'memory +\[.*\] .* of 32MiB' "$(S xray cli-x cgroup)"
check_match "xray cgroup: files with their meaning" 'memory.(limit_in_bytes|max) +33554432 +most memory' "$(COLUMNS=120 S xray cli-x cgroup)"
check_match "xray cgroup: the lines of a file apart" 'memory.(oom_control|events) +[a-z_]+ 0; [a-z_]+ ' "$(COLUMNS=120 S xray cli-x cgroup)"
check_match "xray network: the container's link" 'eth0 .* UP .*10\.213\.0\.' "$(COLUMNS=120 S xray cli-x network)"
check_match "xray network: the wire" 'veth: eth0 in container to veth' "$(S xray cli-x network)"
check_match "xray chains: the published port" 'DOCKER' "$(S xray cli-x chains)"
check_match "xray chains: its rule" 'dport 18081 -j DNAT' "$(S xray cli-x chains)"
check_match "xray signals" 'CAUGHT' "$(S xray cli-x signals)"
check_match "xray steps" 'clone' "$(S xray cli-x steps)"
check_match "xray alone: all on a page" 'LAYERS.*NAMESPACES.*CGROUP.*NETWORK.*CHAINS.*SIGNALS' "$(S xray cli-x | tr '\n' ' ')"
check_no_match "ASCII when asked for" '[^ -~]' "$(S xray --ascii cli-x | LC_ALL=C tr -d '\n\t')"
xml() { python3 -c 'import sys, xml.etree.ElementTree as t; print("".join(t.fromstring(sys.stdin.buffer.read().replace(b"<!DOCTYPE html>", b"")).itertext()))'; }
for section in layers namespaces cgroup network chains signals privileges steps; do
    for form in svg html; do check "xray $section --$form is XML" xml < <(S xray cli-x $section --$form); done
done
check_match "--svg holds the words of the drawing" 'veth: eth0 in container to veth' "$(S xray cli-x network --svg | xml)"
check_match "--html is the drawing line by line" '^  └(─)+┘$' "$(LANG=C S xray cli-x network --html | xml)"
check_match "--svg of all at once" 'LAYERS.*NETWORK' "$(S xray cli-x --svg | xml | tr '\n' ' ')"
check_eq "a picture that fails prints nothing" "" "$(S xray cli-nope --svg 2>/dev/null)"
check_match "one form at a time" 'exclude each other' "$(S xray cli-x --svg --html 2>&1)"
check_match "of one moment" 'one moment' "$(S xray --watch --svg cli-x 2>&1)"
check "--json is the engine's document" jq -e '.container[0].inode' <(S xray cli-x namespaces --json)
check_rc "an unknown section" 1 S xray cli-x nosuch
check_match "of a container that is not there" 'No such container: cli-nope' "$(S xray cli-nope 2>&1)"

# images, volumes, networks, events
tar -C "$TMP" -cf "$TMP/root.tar" --transform 's,cid,etc/cid,' cid
check_match "import prints the image ID" '^sha256:[0-9a-f]{64}$' "$(S import -m 'mine' -c 'CMD ["/x"]' "$TMP/root.tar" cli-img:1)"
check_eq "import from stdin" "cli-img:2" "$(S import - cli-img:2 <"$TMP/root.tar" >/dev/null; S images --format '{{.Repository}}:{{.Tag}}' cli-img:2)"
check_match "import of what is no file" 'open /nope: no such file or directory' "$(S import /nope x 2>&1)"
head -c 700 "$TMP/root.tar" >"$TMP/short.tar"
check_rc "import of half a tar" 1 S import "$TMP/short.tar" cli-img:3
check_eq "leaves no image" "" "$(S images -q cli-img:3)"
check_match "history" 'mine' "$(S history cli-img:1)"
check_match "images" '^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$' "$(S images | head -1)"
S tag cli-img:1 localhost:5000/cli-img
check_eq "tag with a registry" "localhost:5000/cli-img:latest" "$(S images --filter 'reference=*/cli-img' --format '{{.Repository}}:{{.Tag}}')"
check_match "tag that is none" 'is not a valid repository/tag: invalid reference format: repository name \(library/Bad\) must be lowercase' "$(S tag busybox Bad:Name 2>&1)"
check_eq "rmi takes one name" "Untagged: localhost:5000/cli-img:latest" "$(S rmi localhost:5000/cli-img)"
check_match "rmi takes the last" 'Deleted: sha256:' "$(S rmi cli-img:1)"
check_eq "volume create" "cli-vol" "$(S volume create cli-vol)"
check_match "volume ls" 'local +cli-vol' "$(S volume ls)"
check_eq "volume inspect" "cli-vol" "$(S volume inspect -f '{{.Name}}' cli-vol)"
check_eq "volume rm" "cli-vol" "$(S volume rm cli-vol)"
check_eq "network ls" "bridge host none " "$(S network ls --format '{{.Name}}' | tr '\n' ' ')"
check_eq "network inspect" "bridge" "$(S network inspect -f '{{.Driver}}' bridge)"
since=$(date +%s); S run --rm --name cli-ev busybox true
check_match "events" 'container start [0-9a-f]{64} \(image=busybox, name=cli-ev\)' "$(S events --since "$since" --until "$(date +%s.999999999)" --filter container=cli-ev)"

# the program itself
check_match "version" 'Server:' "$(S version)"
check_match "version -f" '^linux$' "$(S version -f '{{.Server.Os}}')"
check_match "info" ' Storage Driver: overlay2' "$(S info)"
check_eq "info -f" "overlay2" "$(S info -f '{{.Driver}}')"
check_eq "unknown command" "slipway: unknown command: slipway nosuch

Run 'slipway --help' for more information" "$(S nosuch 2>&1)"
check_rc "is 1" 1 S nosuch
check_rc "a bad global flag is 125" 125 S --hots ps
check_match "no daemon" '^Cannot connect to the Docker daemon at unix:///no.sock. Is the docker daemon running\?$' "$(S -H unix:///no.sock ps 2>&1)"
check_rc "run without a daemon is 125" 125 S -H unix:///no.sock run busybox
check_match "without a terminal the program alone prints its help" '^Usage:  slipway' "$(S </dev/null)"
check_match "the same program called docker says docker" "Run 'docker run --help'" "$("$B/docker" run --nosuch x 2>&1)"
check_match "help of a command" '^Usage:  slipway run \[OPTIONS\] IMAGE \[COMMAND\] \[ARG...\]' "$(S run --help)"
check_match "what cannot be honoured is refused by name" 'could not select device driver' "$(S run --gpus all busybox 2>&1)"
check_match "-D traces requests" 'GET /version -> 200 in [0-9.]+ ms' "$(S -D version 2>&1)"
finish
