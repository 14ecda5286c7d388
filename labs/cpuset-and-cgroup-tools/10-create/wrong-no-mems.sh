# expect: cpuset.mems of
cgcreate -g "cpuset:/$name"
cgset -r cpuset.cpus="$last" "$name"
