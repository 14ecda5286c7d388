mkdir -p /opt /run/lab
cat > /opt/hog << 'END'
#!/bin/bash
# Takes $1 MiB in one process, and keeps them: awk makes strings of one MiB, and then waits for a writer that never comes.
pipe=/run/lab/pipe.$$
mkfifo "$pipe"
exec /opt/hog.bin -v mib="${1:-1}" -v pipe="$pipe" 'BEGIN {
    s = "x"
    while (length(s) < 1048576) s = s s
    for (i = 1; i < mib; i++) kept[i] = s i
    getline line < pipe
}'
END
cp /usr/bin/mawk /opt/hog.bin
chmod +x /opt/hog
# On cgroup v2 the machine's processes move into a leaf, so that its group may hand controllers to groups below it.
if [ -e /sys/fs/cgroup/cgroup.subtree_control ] && [ ! -d /sys/fs/cgroup/memory ]; then
    mkdir -p /sys/fs/cgroup/main
    mapfile -t pids < /sys/fs/cgroup/cgroup.procs
    for pid in "${pids[@]}"; do echo "$pid" > /sys/fs/cgroup/main/cgroup.procs; done 2> /dev/null
    echo +memory > /sys/fs/cgroup/cgroup.subtree_control
fi
