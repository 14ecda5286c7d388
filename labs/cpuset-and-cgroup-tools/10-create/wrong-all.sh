# expect: the last processor of this machine is
mkdir -p "$cpusets/$name"
cat "$cpusets"/cpuset.cpus.effective "$cpusets"/cpuset.effective_cpus 2> /dev/null > "$cpusets/$name/cpuset.cpus"
[ "$(cat "$cpusets/$name/cpuset.cpus")" != "$last" ] || echo 0 > "$cpusets/$name/cpuset.cpus"
