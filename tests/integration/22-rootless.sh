#!/bin/bash
# The engine of one person without any privilege (slipwayd --rootless): containers, and lab machines with an engine inside; what cannot
# be had without privilege is refused with the reason.
. "$(dirname "$0")/../lib.sh"

ID=54321 HOME=$TMP/home RUN=$TMP/run
install -d -o $ID -g $ID "$HOME" "$RUN"
chmod 711 "$TMP"
AS=(setpriv --reuid "$ID" --regid "$ID" --clear-groups env HOME="$HOME" XDG_RUNTIME_DIR="$RUN" PATH="$PATH" SLIPWAY_CONTENT="$ROOT" TMPDIR="$RUN"
    DOCKER_HOST="unix://$RUN/slipway.sock" SLIPWAY_CLASS_SOCKET="$RUN/class.sock" SLIPWAY_CLASS_DB="$RUN/class.db")
as() { "${AS[@]}" "$@"; }
if ! as test -x "$B/slipwayd" -a -r "$ROOT/labs"; then skip "all of it" "$ROOT cannot be read without privilege"; finish; fi
if ! as unshare -Urn true 2>/dev/null; then skip "all of it" "this host gives no user namespaces to people without privilege"; finish; fi

check_rc "without privilege and without the flag it does not start" 1 as "$B/slipwayd"
"${AS[@]}" "$B/slipwayd" --rootless >"$TMP/rootless.log" 2>&1 &
ENGINE_PID=$! SOCK=$RUN/slipway.sock
check "with the flag it does" wait_for 20 curl -fs --unix-socket "$SOCK" http://d/_ping
check "the images come" wait_for 60 as "$B/slipway" image inspect busybox slipway/lab registry:2
check_eq "it runs as who started it" $ID "$(ps -o uid= -p $ENGINE_PID | xargs)"
check_eq "its files are the person's" $ID "$(stat -c %u "$HOME/.local/share/slipway")"
R() { as "$B/slipway" "$@" 2>&1 </dev/null; }
check_eq "a container runs" hi "$(R run --rm busybox echo hi)"
check_match "two on a network find each other" '0% packet loss' "$(R network create nn >/dev/null; R run -d --name db --network nn busybox sleep 100 >/dev/null; R run --rm --network nn busybox ping -c1 -W2 db)"
check_eq "an image is built" y "$(mkdir "$RUN/b"; printf 'FROM busybox\nRUN mkdir /d && touch /d/x\nRUN rm -r /d && mkdir /d && touch /d/y\n' >"$RUN/b/Dockerfile"; R build -q -t img "$RUN/b" >/dev/null; R run --rm img ls /d)"
check_match "a limit is refused, or the host has given groups to the person" 'no memory controller|^done$' "$(R run --rm -m 20m busybox echo "done")"
check_match "abilities say what is missing" 'without privilege|user namespace' "$(curl -s --unix-socket "$SOCK" http://d/slipway/sandboxes/abilities | jq -r '.root.reason')"
check_match "also of disks" 'loop' "$(curl -s --unix-socket "$SOCK" http://d/slipway/sandboxes/abilities | jq -r '.disk.reason')"
check_match "a lab machine starts, the person's own" "\"uid\":$ID" "$(curl -s --unix-socket "$SOCK" -X POST -H 'Content-Type: application/json' -d '{"lab":"rootless","engine":true,"hosts":["web"]}' http://d/slipway/sandboxes >/dev/null; as curl -s --unix-socket "$SOCK" -X POST -H 'Content-Type: application/json' -d '{"lab":"mine"}' http://d/slipway/sandboxes >/dev/null; curl -s --unix-socket "$SOCK" http://d/slipway/sandboxes | jq -c .)"
check_match "it has root, namespaces and wires" '0% packet loss' "$(R exec lab-mine-$ID bash -c 'ip netns add red && ip link add va type veth peer name vb && ip link set vb netns red && ip addr add 10.0.0.1/24 dev va && ip link set va up && ip -n red addr add 10.0.0.2/24 dev vb && ip -n red link set vb up && ping -c1 -W2 10.0.0.2')"
name=$(curl -s --unix-socket "$SOCK" http://d/slipway/sandboxes | jq -r '.[] | select(.lab == "rootless" and .host == null).Name')
check_eq "an engine runs inside" inner "$(R exec "$name" docker run --rm busybox echo inner)"
check_match "what it is lent cannot be written to, whoever owns it" 'Read-only file system' "$(R exec "$name" bash -c 'mount -o remount,bind,rw /usr/lib/slipway/bin; mount -o remount,rw /usr/lib/slipway/bin; echo x >>/usr/lib/slipway/bin/slipwayd')"
check_match "and a second machine is on its network" '0% packet loss' "$(R exec "$name" ping -c1 -W2 web)"
check_match "a lab is done from start to end" 'All 4 steps|Done: ' "$(R lab start two-namespaces-and-a-wire >/dev/null; for _ in 1 2 3 4; do R lab solve two-namespaces-and-a-wire >/dev/null; done; R lab check two-namespaces-and-a-wire; R lab stop two-namespaces-and-a-wire)"
for id in $(curl -s --unix-socket "$SOCK" http://d/slipway/sandboxes | jq -r '.[].Id'); do api DELETE "/slipway/sandboxes/$id" >/dev/null; done
R rm -f db >/dev/null
engine_stop
check "the engine ends" test ! -e "$SOCK"
finish
