# Put before every script of this lab.
say() { echo "$1"; exit 1; }
running() { pgrep -f "^sleep $1\$" | tail -1; }
begin() { "$@" > /dev/null 2>&1 < /dev/null & }
await() { for _ in $(seq 60); do [ -n "$(running "$1")" ] && break; sleep 0.05; done; }
user_of() { awk '/^Uid:/ { print $2 }' "/proc/$1/status"; }
new_user() { ! [ "/proc/$1/ns/user" -ef /proc/self/ns/user ]; }
map() { tr -s ' ' < "/proc/$1/$2" 2> /dev/null | sed 's/^ //' | tr '\n' ';' | sed 's/;$//'; }
