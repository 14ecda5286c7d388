#!/bin/bash
# Several machines of one lab on one network: they know each other by name, nobody else, and go with the main one. What a host cannot
# do is said, with the reason.
. "$(dirname "$0")/../lib.sh"
engine_start

post() { api POST "/slipway/sandboxes$1" -H 'Content-Type: application/json' -d "$2"; }
on() { S exec "$1" bash -c "$2" 2>&1; }
list() { api GET /slipway/sandboxes | jq -r "$1"; }

check "the images come" wait_for 30 "$B/slipway" image inspect slipway/lab
check_eq "two further machines" "web db" "$(post '' '{"lab":"lan","hosts":["web","db"]}' | jq -r '[.hosts[].name] | join(" ")')"
check_eq "the list says whose they are" "lan lan/web lan/db" "$(list '[.[] | .lab + (if .host then "/" + .host else "" end)] | join(" ")')"
check_eq "the main one names them" "web db" "$(list '[.[] | select(.host == null) | .hosts[].name] | join(" ")')"
check_eq "each has its name" "lab web db" "$(for name in '' -web -db; do on lab-lan-0$name hostname; done | xargs)"
check_match "the main one reaches the others by name" '0% packet loss' "$(on lab-lan-0 'ping -c1 -W2 web')"
check_match "and they each other" '0% packet loss' "$(on lab-lan-0-web 'ping -c1 -W2 db')"
check_eq "addresses in the order of the names" "10.99.0.2/24 10.99.0.3/24" "$(for name in web db; do on lab-lan-0-$name 'ip -4 -o addr show eth0' | awk '{print $4}'; done | xargs)"
check_match "there is no way out" 'unreachable' "$(on lab-lan-0-web 'ping -c1 -W1 192.0.2.1')"
check_eq "nothing of it is on the host" "" "$(ip -o link | grep -E 'lan0|to-web|to-db')"
check_no_match "another learner's machine does not see them" '0% packet loss' "$(post '' '{"lab":"other"}' >/dev/null; on lab-other-0 'ping -c1 -W1 10.99.0.2')"
engine_kill9
engine_start
check_match "they outlive the engine" '0% packet loss' "$(on lab-lan-0-db 'ping -c1 -W2 web')"
check_eq "a machine of them ends alone" "web" "$(api DELETE /slipway/sandboxes/lab-lan-0-db; list '[.[] | select(.lab == "lan" and .host == null) | .hosts[].name] | join(" ")')"
kill -9 "$(list '.[] | select(.lab == "lan" and .host == null) | .pid')"
check "the main one takes the others along" wait_for 5 eval '[ "$(list "[.[] | select(.lab == \"lan\")] | length")" = 0 ]'
post '' '{"lab":"lan","hosts":["web"]}' >/dev/null
engine_kill9
kill -9 "$(pgrep -f "slipway-shim --id $(basename "$(dirname "$(grep -l '"Lab": *"lan"' "$DATA"/containers/*/config.v2.json | xargs grep -L '"Host": *"web"')")")")"
engine_start
check "also when it ended while no engine ran" wait_for 10 eval '[ "$(list "[.[] | select(.lab == \"lan\")] | length")" = 0 ]'
check_eq "deleting waits for all of them, so that they can be made again" "web" "$(post '' '{"lab":"lan","hosts":["web"]}' >/dev/null; api DELETE /slipway/sandboxes/lab-lan-0; post '' '{"lab":"lan","hosts":["web"]}' | jq -r '.hosts[0].name')"
check_match "a name twice" 'named twice' "$(post '' '{"lab":"x","hosts":["a","a"]}')"
check_match "a name that is none" 'small letters' "$(post '' '{"lab":"x","hosts":["a b"]}')"
check_match "the main one's name" 'not \\"lab\\"' "$(post '' '{"lab":"x","hosts":["lab"]}')"
check_match "hosts that are no list" 'a list of at most' "$(post '' '{"lab":"x","hosts":"web"}')"

# Abilities.
version=$([ -d /sys/fs/cgroup/memory ] && echo 1 || echo 2)
check_eq "this host's version of cgroups is an ability, the other is not" "true false" "$(api GET /slipway/sandboxes/abilities | jq -r "[.\"cgroup-v$version\".able, .\"cgroup-v$((3 - version))\".able] | join(\" \")")"
check_match "with the reason" 'boot with' "$(api GET /slipway/sandboxes/abilities | jq -r ".\"cgroup-v$((3 - version))\".reason")"
check_match "a lab that needs the other does not start, and says why" "needs cgroup-v$((3 - version)).*boot with" "$(post '' "{\"lab\":\"x\",\"needs\":[\"cgroup-v$((3 - version))\"]}")"
check_match "one that needs what is there does" '"Id"' "$(post '' "{\"lab\":\"needy\",\"needs\":[\"cgroup-v$version\",\"memory\"]}")"
check_match "a need that nobody knows" 'no host has' "$(post '' '{"lab":"x","needs":["luck"]}')"
finish
