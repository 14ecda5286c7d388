# expect: No process of this group
bash -c "echo \$\$ > $group/cgroup.procs; kill -9 \$\$" 2>/dev/null || true
