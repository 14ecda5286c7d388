need_box
need_root
extra=
for p in $(pgrep -f "^sleep $seconds\$"); do extra=$p; [ "/proc/$p/ns/pid" -ef "/proc/$box/ns/pid" ] && break; done
[ -n "$extra" ] || say "No \`sleep $seconds\` is running."
for kind in pid mnt uts ipc net; do
    [ "/proc/$extra/ns/$kind" -ef "/proc/$box/ns/$kind" ] || say "\`sleep $seconds\` (process $extra) is not in the $kind namespace of the container."
done
[ "$extra" != "$box" ] || say "\`sleep $seconds\` is process 1 of the container. It was to be a second process."
grep -qx "$extra" "$tree/$name/cgroup.procs" 2> /dev/null || say "\`sleep $seconds\` is in the container's namespaces, but not in the cgroup $name: the limit does not count it."
