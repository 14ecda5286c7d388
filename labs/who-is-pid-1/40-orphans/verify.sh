zombies=$(ps -eo pid=,ppid=,stat= | awk '$3 ~ /^Z/ { n++; p = $2 } END { if (n) print n, p }')
[ -z "$zombies" ] || say "There are still ${zombies% *} zombies. Their parent, process ${zombies#* }, does not collect them."
child=
for p in $(pgrep -f "^sleep $seconds\$"); do [ "$(number_inside "$p")" != 1 ] && [ "$(awk '/^NSpid:/ { print NF }' "/proc/$p/status")" -gt 2 ] && child=$p; done
[ -n "$child" ] || say "No \`sleep $seconds\` runs as a *child* in a new PID namespace."
first=$(for p in $(mates "$child"); do [ "$(number_inside "$p")" = 1 ] && echo "$p"; done)
# An orphan is made in there, and has to vanish.
nsenter --target "$first" --pid sh -c 'sleep 0.01 & exit' > /dev/null 2>&1
for _ in $(seq 60); do ps -eo ppid=,args= | grep -q "^ *$first sleep 0.01\$" || break; sleep 0.02; done
uncollected() { ps -eo ppid=,stat= | awk -v first="$first" '$1 == first && $2 ~ /^Z/ { found = 1 } END { exit !found }'; }
for _ in $(seq 25); do uncollected || exit 0; sleep 0.02; done
say "Process 1 above your \`sleep $seconds\` ($(command_of "$first")) does not collect orphans."
