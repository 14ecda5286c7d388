# expect: of another controller
mkdir -p /run/lab/tree
mount -t cgroup -o freezer tree /run/lab/tree
