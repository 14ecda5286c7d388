#!/bin/bash
# The engine inside a lab machine: Docker's commands work there as outside, its images are lent, and the way to it from outside is
# its owner's alone.
. "$(dirname "$0")/../lib.sh"
engine_start

inside() { S exec "$BOX" bash -c "$1" 2>&1; }
check "the images come" wait_for 30 sh -c "$B/slipway image inspect registry:2 slipway/lab"
BOX=$(api POST /slipway/sandboxes -H 'Content-Type: application/json' -d '{"lab":"engine","memory":402653184,"pids":250,"engine":true}' | jq -r .Id)
check_eq "nobody has started it yet" "" "$(inside 'pidof slipwayd')"
check_eq "the images are there at once" "busybox:latest registry:2" "$(inside 'docker images --format "{{.Repository}}:{{.Tag}}"' | sort | xargs)"
check_match "their files are this engine's own, read-only" 'Read-only file system' "$(inside 'touch /var/lib/slipway/overlay2/*/diff/bin/busybox')"
check_match "and no remount makes them writable" 'Read-only file system' "$(inside 'for l in /usr/lib/slipway/layers/*; do mount -o remount,bind,rw $l; mount -o remount,rw $l; unshare -m mount -o remount,bind,rw $l; touch $l/usr/evil $l/bin/evil; done')"
check_eq "nothing got into the outer store" "" "$(find "$DATA"/overlay2 -name evil)"
check_match "nor into the programs" 'ermission denied' "$(inside 'mount -o remount,bind,rw /usr/lib/slipway/bin/slipwayd; echo x >>/usr/lib/slipway/bin/slipwayd')"
check_eq "a container runs" hi "$(inside 'docker run --rm busybox echo hi')"
check_eq "with a port" hello "$(inside 'docker run -d --name web -p 8080:80 busybox sh -c "echo hello >/index.html; exec httpd -f -h /" >/dev/null; for i in 1 2 3 4 5 6 7 8 9; do curl -s localhost:8080 && break; sleep 0.1; done')"
check_match "exec and ps" 'httpd' "$(inside 'docker exec web ps')"
check_eq "its limits are the machine's kernel's" 20971520 "$(inside 'docker run --rm -m 20m busybox cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null')"
check_eq "pause is the freezer" "Paused" "$(inside 'docker pause web >/dev/null; docker ps --format "{{.Status}}"; docker unpause web >/dev/null' | grep -o Paused)"
check_match "names on a network of its own" '0% packet loss' "$(inside 'docker network create nn >/dev/null; docker run -d --name db --network nn busybox sleep 100 >/dev/null; docker run --rm --network nn busybox ping -c1 -W2 db')"
check_eq "volumes" kept "$(inside 'docker run --rm -v vv:/d busybox sh -c "echo kept >/d/f"; docker run --rm -v vv:/d busybox cat /d/f')"
check_eq "builds, a directory replaced in a layer" y "$(inside 'mkdir b; printf "FROM busybox\nRUN mkdir /d && touch /d/x\nRUN rm -r /d && mkdir /d && touch /d/y\n" >b/Dockerfile; docker build -q -t img b >/dev/null; docker save img -o s.tar; docker rmi img >/dev/null; docker load -qi s.tar >/dev/null; docker run --rm img ls /d')"
check_match "a manual page" 'overview of Linux namespaces' "$(inside 'man 7 namespaces | head -5')"
check_match "commit and diff" 'D /bin/vi' "$(inside 'docker run --name c1 busybox rm /bin/vi; docker diff c1; docker commit c1 gone >/dev/null; docker run --rm gone ls /bin/vi')"
check_match "the memory killer" '^137$' "$(inside 'docker run --rm -m 8m busybox tail /dev/zero >/dev/null; echo $?')"
check_match "the layers of the outer store stay while they are lent" 'Untagged' "$(S rmi -f busybox:latest)"
check_eq "so that containers still start" hi "$(inside 'docker run --rm busybox echo hi')"

# Who added a rule of the machine's own namespace: its engine, or the learner.
inside 'iptables -I FORWARD -p tcp --dport 23 -j DROP' >/dev/null
rules=$(api GET "/slipway/containers/$BOX/chains" | jq -c '.tables[] | select(.name == "filter" or .name == "nat") | .chains[].rules[] | [.by, .rule]')
check_match "the published port is the inner engine's rule" '^."engine","-A DOCKER .*--dport 8080 .*-j DNAT' "$rules"
check_match "so is the bridge's" '^."engine","-A POSTROUTING -s [0-9./]+ ! -o .*-j MASQUERADE' "$rules"
check_match "what the learner added is by hand" '^."person","-A FORWARD .*--dport 23 -j DROP' "$rules"
check_match "from outside, by sandbox://" 'web' "$(S -H "sandbox://$BOX" ps)"
check_eq "also what is hijacked" typed "$(echo typed | S -H "sandbox://$BOX@$DOCKER_HOST" run --rm -i busybox cat)"
check_match "its owner's alone" 'belongs to another user' "$(chmod 711 "$TMP"; chmod 666 "$SOCK"; setpriv --reuid 12345 --regid 12345 --clear-groups curl -s --unix-socket "$SOCK" -H 'Connection: Upgrade' -H 'Upgrade: tcp' -X POST "http://d/slipway/sandboxes/$BOX/engine")"
check_match "without an upgrade it says what to ask for" 'Upgrade: tcp' "$(api POST "/slipway/sandboxes/$BOX/engine")"
# The socket is the learner's: a link in its place leads nowhere outside.
inside 'service docker stop; ln -s /tmp/outside.sock /run/slipway.sock' >/dev/null
ln -s "$SOCK" /tmp/outside.sock
check_match "a link in the socket's place is not followed" 'no engine at /run/slipway.sock' "$(S -H "sandbox://$BOX" version 2>&1)"
rm -f /tmp/outside.sock
check_match "a stopped one is Docker's stopped one" 'Cannot connect to the Docker daemon' "$(inside 'rm /run/slipway.sock; docker ps')"
check_eq "and starts again, its containers having lived" web "$(inside 'service docker start; docker ps --format "{{.Names}}" --filter name=web')"
check_eq "killed, it comes back" web "$(inside 'kill -9 $(pidof slipwayd); docker ps --format "{{.Names}}" --filter name=web')"
check_match "one that cannot start is told of, to whoever asks" 'does not start: see /var/log/slipwayd.log' "$(inside 'mkdir -p /etc/slipway; echo "{\"nonsense\":1}" >/etc/slipway/daemon.json; service docker stop; kill -USR2 1; until [ -S /run/slipway.sock ]; do sleep 0.02; done; docker ps')"
check_match "and the log says why" 'nonsense' "$(inside 'cat /var/log/slipwayd.log')"
check_eq "with the fault repaired it starts" web "$(inside 'rm /etc/slipway/daemon.json; docker ps --format "{{.Names}}" --filter name=web')"
check_eq "its first process cannot be ended from within" 0 "$(inside 'kill -TERM 1; kill -9 1; id -u')"
check_match "a device by another name" 'dev/other' "$(inside 'docker run --rm --device /dev/null:/dev/other busybox sh -c "echo x >/dev/other && ls /dev/other"')"
check_match "what it cannot do is said" 'oom_score_adj to -500: Permission denied' "$(inside 'docker run --rm --oom-score-adj -500 busybox true')"
SPACE=$(readlink "/proc/$(api GET /slipway/sandboxes | jq -r '.[0].pid')/ns/pid")
inhabited() { readlink /proc/[0-9]*/ns/pid 2>/dev/null | grep -qF "$SPACE"; }
check "shims of its own keep its containers" inhabited
check_eq "it goes with its containers" 204 "$(api DELETE "/slipway/sandboxes/$BOX" -o /dev/null -w '%{http_code}')"
check "and leaves no shim" wait_for 5 eval '! inhabited'
check "the lent layers go with the last who had them" wait_for 5 eval '[ -z "$(grep -rl . "$DATA"/overlay2/*/lent 2>/dev/null)" ]'

BOX=$(api POST /slipway/sandboxes -H 'Content-Type: application/json' -d '{"lab":"plain"}' | jq -r .Id)
check_match "a machine without says so" 'made without an engine' "$(inside 'docker ps')"
check_match "also from outside" 'made without an engine' "$(S -H "sandbox://$BOX" ps 2>&1)"
check_eq "but its loopback is up" 0 "$(inside 'ping -c1 -W1 127.0.0.1 >/dev/null; echo $?')"
finish
