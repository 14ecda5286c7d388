pid=$(pgrep -f '^mule' | head -1)
scribe=$(of_script scribe)
work=$(cat /run/lab/scribe.work 2>/dev/null)
if [ -n "$scribe" ]; then say "/opt/scribe is running${pid:+, and so is mule}; its work is $work. (If it was killed, it has come back: try a gentler signal.)"; fi
[ "$work" = saved ] || say "The scribe is gone, and its work is lost."
[ -z "$pid" ] || say "mule (process $pid) is still running. It ignores TERM, INT, HUP and more; one signal it cannot ignore."
