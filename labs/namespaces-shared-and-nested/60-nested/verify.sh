pid=$(running "$deep")
[ -n "$pid" ] || say "No \`sleep $deep\` is running."
numbers=$(awk '/^NSpid:/ { $1 = ""; print }' "/proc/$pid/status" | xargs)
set -- $numbers
[ $# -ge 3 ] || say "\`sleep $deep\` is $(($# - 1)) level(s) below the machine, not two: its numbers are $numbers."
[ $# = 3 ] || say "\`sleep $deep\` is $(($# - 1)) levels below the machine: its numbers are $numbers. Two were asked for."
[ "$3" = 1 ] || say "\`sleep $deep\` is two levels down, but not process 1 there: its numbers are $numbers."
