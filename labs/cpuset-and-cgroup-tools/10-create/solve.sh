cgcreate -g "cpuset:/$name"
cgset -r cpuset.cpus="$last" "$name"
cgset -r cpuset.mems="$node" "$name"
