# expect: No fork was refused
for _ in 1 2 3; do bash -c "echo \$\$ > $group/cgroup.procs; exec sleep infinity" > /dev/null 2>&1 < /dev/null & done
sleep 0.3
