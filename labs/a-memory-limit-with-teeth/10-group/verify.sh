if [ ! -d "$group" ]; then
    echo "There is no cgroup $group yet."
    exit 1
fi
if [ ! -e "$group/$limit_file" ]; then
    echo "$group is there, but it has no $limit_file: it is not a group of the memory controller."
    exit 1
fi
