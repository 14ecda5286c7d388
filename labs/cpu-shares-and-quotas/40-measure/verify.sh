for g in big small; do grep -qs . "$tree/$g/cgroup.procs" || say "Nothing runs in the group $g."; done
big=$(cpus big) small=$(cpus small)
[ "$big" = "$small" ] && [[ "$big" =~ ^[0-9]+$ ]] || say "The two do not compete: big may run on processor $big, small on $small. Bind both to the same one, by taskset -c 0."
b=$(used big) s=$(used small)
[ $((b + s)) -ge 100 ] || say "Too early to say: together they have run for $(((b + s) / 100)).$(((b + s) % 100 / 10)) s. Wait."
[ "$s" -gt 0 ] || s=1
[ $((b * 100)) -ge $((s * ratio * 65)) ] && [ $((b * 100)) -le $((s * ratio * 150)) ] ||
    say "big has run for $b hundredths of a second, small for $s: that is not about $ratio to 1. Were both started at the same time, with one /opt/burn each? End both, and start again."
