pid=$(pgrep -f "(^|/| )$mine( |\$)" | while read -r p; do [ "$(cat "/proc/$p/comm" 2>/dev/null)" = "$mine" ] || grep -qa "/root/$mine" "/proc/$p/cmdline" && echo "$p"; done | head -1)
[ -n "$pid" ] || say "No program named $mine is running."
has "$pid" SigCgt 10 || say "$mine (process $pid) has no handler for USR1."
has "$pid" SigIgn 2 || say "$mine (process $pid) does not ignore INT: it $(has "$pid" SigCgt 2 && echo 'has a handler for it, which is something else' || echo 'would end by it')."
! has "$pid" SigIgn 15 || say "$mine ignores TERM; leave that one at its default."
! has "$pid" SigCgt 15 || say "$mine has a handler for TERM; leave that one at its default."
[ -e "/run/lab/$mine.seen" ] || say "$mine has its handler for USR1, but /run/lab/$mine.seen is not there: send the signal. (If you did: is the shell waiting for a program in the foreground?)"
