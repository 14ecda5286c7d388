# Put before every script of this lab.
say() { echo "$1"; exit 1; }
running() { pgrep -f "^sleep $1\$" | tail -1; }
begin() { "$@" > /dev/null 2>&1 < /dev/null & }
await() { for _ in $(seq 60); do [ -n "$(running "$1")" ] && break; sleep 0.05; done; }
field() { awk -v f="$2:" '$1 == f { print $2 }' "/proc/$1/status" 2> /dev/null; }
names() { capsh --decode="$1" 2> /dev/null | sed 's/.*=//'; }
docker_set=00000000a80425fb
