for n in $names; do
    [ "$(stat -fc %T "/run/netns/$n" 2>/dev/null)" = nsfs ] || say "There is no network namespace named $n yet."
    [ -e "/sys/class/net/port-$n" ] || say "The machine has no link named port-$n."
    peer=$(inside "$n" cat /proc/net/dev | grep -c '^ *eth0:')
    [ "$peer" = 1 ] || say "There is no eth0 in the namespace $n: move the other end of port-$n there, under that name."
    master=$(basename "$(readlink "/sys/class/net/port-$n/master" 2>/dev/null)" 2>/dev/null)
    [ -n "$master" ] || say "port-$n is not plugged into a bridge: it has no master."
    [ "$master" = "$bridge" ] || say "port-$n is plugged into $master, not into $bridge."
    index=$(ip -n "$n" -o link show dev eth0 | cut -d: -f1)
    [ "$(cat "/sys/class/net/port-$n/iflink")" = "$index" ] || say "port-$n and the eth0 in $n are not two ends of the same pair."
done
