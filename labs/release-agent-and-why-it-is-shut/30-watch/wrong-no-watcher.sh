# expect: No /opt/watcher
mkdir -p "$two"
begin sleep 10000
echo $! > "$two/cgroup.procs"
