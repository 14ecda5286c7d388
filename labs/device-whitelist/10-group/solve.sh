mkdir -p "$group"
bash -c "echo \$\$ > $group/cgroup.procs; exec sleep $seconds" > /dev/null 2>&1 < /dev/null &
for _ in $(seq 60); do [ -n "$(running)" ] && break; sleep 0.05; done
