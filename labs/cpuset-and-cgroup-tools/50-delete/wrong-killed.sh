# expect: They were to go on
kill $(cat "$cpusets/$name/cgroup.procs")
for _ in $(seq 40); do rmdir "$cpusets/$name" 2> /dev/null && break; sleep 0.05; done
