mkdir -p "$one"
echo 1 > "$one/notify_on_release"
begin sleep 10000
echo $! > "$one/cgroup.procs"
