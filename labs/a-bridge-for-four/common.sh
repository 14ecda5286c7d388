# Put before every script of this lab.
names="north east south west"
say() { echo "$1"; exit 1; }
number() { case $1 in north) echo 1 ;; east) echo 2 ;; south) echo 3 ;; west) echo 4 ;; esac; }
inside() { nsenter --net="/run/netns/$1" "${@:2}"; }
mac() { ip -n "$1" -o link show dev eth0 | sed -nE 's/.*link\/ether ([0-9a-f:]+).*/\1/p'; }
is_up() { case $(ip ${2:+-n "$2"} -o link show dev "$1" 2>/dev/null) in *[\<,]UP[,\>]*) return 0 ;; *) return 1 ;; esac; }
