[ "$(hostname)" != "$host" ] || say "The machine itself is called $host now: that was its own root. Set it back (hostname lab)."
pid=$(running "$third")
[ -n "$pid" ] || say "No \`sleep $third\` is running."
[ "$(user_of "$pid")" = 1000 ] || say "\`sleep $third\` belongs to user $(user_of "$pid"); learner (1000) was to do this alone."
! [ "/proc/$pid/ns/uts" -ef /proc/self/ns/uts ] || say "\`sleep $third\` shares the machine's UTS namespace, whose name its root may not change."
new_user "$pid" || say "\`sleep $third\` is in the machine's own user namespace."
name=$(nsenter --target "$pid" --uts hostname)
[ "$name" = "$host" ] || say "The host name of \`sleep $third\` is $name, not $host."
