# expect: is still 0
mkdir -p "$one"
begin sleep 10000
echo $! > "$one/cgroup.procs"
echo 1 > /sys/fs/cgroup/pids/notify_on_release
