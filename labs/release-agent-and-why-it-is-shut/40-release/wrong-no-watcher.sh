# expect: not running any more
pkill -x watcher
kill $(cat "$two/cgroup.procs")
sleep 0.2
