# Put before every script of this lab.
say() { echo "$1"; exit 1; }
hub=/work/hub
running() { pgrep -f "^sleep $1\$" | tail -1; }
begin() { "$@" > /dev/null 2>&1 < /dev/null & }
await() { for _ in $(seq 60); do [ -n "$(running "$1")" ] && ! [ "/proc/$(running "$1")/ns/mnt" -ef /proc/self/ns/mnt ] && break; sleep 0.05; done; }
# Tags of the mount at $2 as process $1 sees it ("shared:3 "); "none" when nothing is mounted there.
tags() { awk -v at="$2" '$5 == at { t = ""; for (i = 7; $i != "-"; i++) t = t $i " "; found = 1 } END { print found ? t : "none" }' "/proc/$1/mountinfo"; }
sees() { [ "$(tags "$1" "$2")" != none ]; }
peer() { sed -nE "s/.*$1:([0-9]+).*/\1/p" <<< "$2"; }
at_hub() { sees self $hub || say "Nothing is mounted at $hub yet."; }
apart() {
    [ -n "$2" ] || say "No \`sleep $1\` is running."
    ! [ "/proc/$2/ns/mnt" -ef /proc/self/ns/mnt ] || say "\`sleep $1\` shares the machine's mount namespace."
    sees "$2" $hub || say "\`sleep $1\` does not see the mount at $hub: it has to be started after the mount was made."
}
