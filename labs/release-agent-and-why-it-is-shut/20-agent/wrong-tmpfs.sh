# expect: no cgroup tree
mkdir -p /run/lab/tree
mount -t tmpfs tree /run/lab/tree
