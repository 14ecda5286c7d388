# expect: remove it
empty "$group/cgroup.procs" "$group/inner/cgroup.procs"
