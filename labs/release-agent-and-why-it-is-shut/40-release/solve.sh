kill $(cat "$two/cgroup.procs")
for _ in $(seq 100); do [ -e /run/lab/released ] && break; sleep 0.05; done
