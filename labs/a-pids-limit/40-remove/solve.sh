empty "$group/cgroup.procs" "$group/inner/cgroup.procs"
for _ in $(seq 40); do rmdir "$group/inner" "$group" 2> /dev/null; [ -d "$group" ] || break; sleep 0.05; done
