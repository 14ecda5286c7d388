left=$(pgrep -x guest) bad=
for p in $left; do grep -qs libextra "/proc/$p/maps" && bad=$p; done
count=$(grep -c . <<< "$left")
[ -n "$left" ] || count=0
if [ -n "$bad" ]; then
    [ "$count" = 3 ] || say "The process with the extra library is still running, and another one is gone. Reset the step."
    say "All three are running, the one with the extra library too."
fi
[ "$count" = 2 ] || say "The one with the extra library is gone, but not it alone: $count of the others left. Reset the step."
