[ -d "$one" ] || say "There is no group $one yet."
[ "$(cat "$one/notify_on_release")" = 1 ] || say "notify_on_release of $name is still 0."
grep -q . "$one/cgroup.procs" || say "The group $name has no process in it."
