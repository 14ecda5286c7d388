mkdir -p /run/lab/tree
mountpoint -q /run/lab/tree || mount -t cgroup -o pids tree /run/lab/tree
