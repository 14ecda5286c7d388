#!/bin/bash
# Links on the default bridge, and the files of /etc: hosts, resolv.conf, hostname, --add-host, --dns and what the engine is told.
. "$(dirname "$0")/../lib.sh"
printf 'search lab.test\nnameserver 127.0.0.1\nnameserver 10.9.9.9\noptions ndots:2\n' >"$TMP/resolv"
mount --bind "$TMP/resolv" /etc/resolv.conf
engine_start

# --- the names of things ---
none() { S run --rm --network none "$@"; }
check_eq "a hostname" "box box" "$(none -h box busybox sh -c 'echo $(hostname) $(cat /etc/hostname)')"
check_eq "resolv.conf without servers on loopback" "search lab.test nameserver 10.9.9.9 options ndots:2" "$(S run --rm busybox cat /etc/resolv.conf | xargs)"
check_eq "but all of it with the host's network" "4" "$(S run --rm --network host busybox cat /etc/resolv.conf | wc -l)"
check_eq "--dns, --dns-search, --dns-option" "search a.test b.test|nameserver 192.0.2.53|options ndots:3 rotate|" \
    "$(S run --rm --dns 192.0.2.53 --dns-search a.test --dns-search b.test --dns-option ndots:3 --dns-option rotate busybox cat /etc/resolv.conf | tr '\n' '|')"
check_eq "one of them leaves the others to the host" "search lab.test|nameserver 192.0.2.53|options ndots:2|" "$(S run --rm --dns 192.0.2.53 busybox cat /etc/resolv.conf | tr '\n' '|')"
check_eq "--dns-search . asks for none" "nameserver 10.9.9.9|options ndots:2|" "$(S run --rm --dns-search . busybox cat /etc/resolv.conf | tr '\n' '|')"
printf 'nameserver ::1\n' >"$TMP/resolv"
check_eq "no server left: public ones" "nameserver 8.8.8.8|nameserver 8.8.4.4|" "$(S run --rm busybox cat /etc/resolv.conf | tr '\n' '|')"
check_eq "--add-host" "10.1.2.3 db" "$(none --add-host db:10.1.2.3 busybox grep db /etc/hosts | xargs)"
check_eq "an IPv6 address too" "fd00::7 six" "$(none --add-host six:fd00::7 busybox grep six /etc/hosts | xargs)"
check_eq "host-gateway is the bridge" "10.213.0.1 gw" "$(none --add-host gw:host-gateway busybox grep gw /etc/hosts | xargs)"
check_match "the engine checks too" 'invalid IP address in add-host: \\"1.2\\"' \
    "$(api POST /containers/create -H 'Content-Type: application/json' -d '{"Image":"busybox","HostConfig":{"ExtraHosts":["x:1.2"]}}')"
check_match "a search domain that is none" '".." for "--dns-search" flag: .. is not a valid domain' "$(S run --dns-search .. busybox true 2>&1)"

# --- links ---
S run -d --name db --expose 6379 --expose 7001-7003 -e PASS=x -e HOME=/y busybox sleep 600 >/dev/null
address=$(S inspect -f '{{.NetworkSettings.IPAddress}}' db)
id=$(S inspect -f '{{.Id}}' db)
S run -d --name web-1 --link db:my-db --link db busybox sleep 600 >/dev/null
check_eq "the environment tells of the link" "MY_DB_ENV_PASS=x MY_DB_NAME=/web-1/my-db MY_DB_PORT=tcp://$address:6379 MY_DB_PORT_6379_TCP=tcp://$address:6379 MY_DB_PORT_6379_TCP_ADDR=$address MY_DB_PORT_6379_TCP_PORT=6379 MY_DB_PORT_6379_TCP_PROTO=tcp MY_DB_PORT_7001_TCP_ADDR=$address MY_DB_PORT_7001_TCP_PORT_END=7003 MY_DB_PORT_7001_TCP_PORT_START=7001 MY_DB_PORT_7001_TCP_PROTO=tcp MY_DB_PORT_7001_TCP_START=tcp://$address:7001 MY_DB_PORT_7003_TCP_END=tcp://$address:7003" \
    "$(S exec web-1 env | grep ^MY_DB | LC_ALL=C sort | xargs)"
hosts() { S exec web-1 grep -E "my-db|db" /etc/hosts | tr '\t\n' ' |'; }
check_eq "and the hosts file" "$address my-db ${id:0:12} db|$address db ${id:0:12}|" "$(hosts)"
check "it can be reached by its alias" S exec web-1 ping -c 1 -W 2 my-db
check_eq "inspect" '["/db:/web-1/my-db","/db:/web-1/db"]' "$(S inspect -f '{{json .HostConfig.Links}}' web-1)"
check_eq "ps shows all names untruncated" "db,web-1/db,web-1/my-db" "$(S ps --no-trunc --filter "id=$id" --format '{{.Names}}')"
check_eq "and the plain one otherwise" "db" "$(S ps --filter "id=$id" --format '{{.Names}}')"
check_match "the API has them in order" '"Names":\["/db","/web-1/db","/web-1/my-db"\]' "$(api GET '/containers/json?filters=%7B%22name%22%3A%5B%22db%22%5D%7D')"

S stop -t 0 db >/dev/null; S run -d --name squatter busybox sleep 600 >/dev/null; S start db >/dev/null
new=$(S inspect -f '{{.NetworkSettings.IPAddress}}' db)
check_eq "another address after a restart is known" "$new my-db ${id:0:12} db|$new db ${id:0:12}|" "$(hosts)"
check_rc "it is another one" 1 test "$new" = "$address"
S rename db base >/dev/null
check_eq "a rename is seen" '["/base:/web-1/my-db","/base:/web-1/db"]' "$(S inspect -f '{{json .HostConfig.Links}}' web-1)"
engine_kill9; engine_start
check_eq "links outlive the engine" '["/base:/web-1/my-db","/base:/web-1/db"]' "$(S inspect -f '{{json .HostConfig.Links}}' web-1)"
check_eq "a link's name finds the container" "$id" "$(api GET /containers/web-1/my-db/json | python3 -c 'import json,sys; print(json.load(sys.stdin)["Id"])')"
check_eq "rm --link" "web-1/my-db" "$(S rm --link web-1/my-db)"
check_eq "takes the link, not the container" '["/base:/web-1/db"] running' "$(S inspect -f '{{json .HostConfig.Links}}' web-1) $(S inspect -f '{{.State.Status}}' base)"
check_match "of a link that is not there" "No such container: web-1/my-db" "$(S rm --link web-1/my-db 2>&1)"
check_match "a container's own name is no link" "Conflict, cannot remove the default link name of the container" "$(S rm --link base 2>&1)"
S stop -t 0 base web-1 >/dev/null
check_match "a link to what does not run" "Cannot link to a non running container: /base AS /web-1/db" "$(S start web-1 2>&1)"
S rm base >/dev/null
check "a link to what is gone is forgotten" S start web-1

check_match "a link to nobody" "could not get container for nobody: No such container: nobody" "$(S run --rm --link nobody:x busybox true 2>&1)"
check_match "a link to itself" "could not get container for self: No such container: self" "$(S run --rm --name self --link self busybox true 2>&1)"
check_match "too many colons" '"a:b:c" for "--link" flag: bad format for links: a:b:c' "$(S run --rm --link a:b:c busybox true 2>&1)"
check_match "none with the host's network" "host type networking can't be used with links" "$(S run --rm --network host --link squatter busybox true 2>&1)"
if have_docker; then
    check_eq "docker's client links too" "1 S_NAME=/linker/s" "$(D run --rm --name linker --link squatter:s busybox sh -c 'echo $(grep -c squatter /etc/hosts) $(env | grep S_NAME)')"
fi

# --- what the engine is told ---
S rm -f web-1 squatter >/dev/null; engine_stop
engine_start --dns 10.5.5.5 --dns-search engine.test --dns-opt timeout:1
check_eq "the engine's own dns settings" "search engine.test|nameserver 10.5.5.5|options timeout:1|" "$(S run --rm busybox cat /etc/resolv.conf | tr '\n' '|')"
check_eq "a container's win" "search engine.test|nameserver 10.6.6.6|options timeout:1|" "$(S run --rm --dns 10.6.6.6 busybox cat /etc/resolv.conf | tr '\n' '|')"
umount /etc/resolv.conf
finish
