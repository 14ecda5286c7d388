# expect: the watcher did not do it
pkill -x watcher
kill $(cat "$two/cgroup.procs")
for _ in $(seq 40); do rmdir "$two" 2> /dev/null && break; sleep 0.05; done
