# Put before every script of this lab.
say() { echo "$1"; exit 1; }
if [ -d /sys/fs/cgroup/cpu ]; then
    tree=/sys/fs/cgroup/cpu quota_file=cpu.cfs_quota_us weight_file=cpu.shares unit=1024
    set_quota() { echo 100000 > "$tree/$1/cpu.cfs_period_us"; echo "$2" > "$tree/$1/cpu.cfs_quota_us"; }
    quota() { cat "$tree/$1/cpu.cfs_quota_us" "$tree/$1/cpu.cfs_period_us" | xargs; }
else
    tree=/sys/fs/cgroup quota_file=cpu.max weight_file=cpu.weight unit=100
    set_quota() { echo "$2 100000" > "$tree/$1/cpu.max"; }
    quota() { sed 's/max/-1/' "$tree/$1/cpu.max"; }
fi
stat_of() { awk -v f="$2" '$1 == f { print $2 }' "$tree/$1/cpu.stat"; }
# Hundredths of a second that the processes in group $1 have run so far.
used() {
    local p n=0 t
    while read -r p; do read -r -a t < "/proc/$p/stat" && n=$((n + t[13] + t[14])); done < "$tree/$1/cgroup.procs"
    echo $n
}
# The processors that they may run on, as one list.
cpus() {
    local p field value all=
    while read -r p; do
        while read -r field value; do [ "$field" = Cpus_allowed_list: ] && [ "$value" != "$all" ] && all="${all:+$all and }$value"; done < "/proc/$p/status"
    done < "$tree/$1/cgroup.procs"
    echo "$all"
}
join_and() { bash -c "echo \$\$ > $tree/$1/cgroup.procs; exec ${*:2}" > /dev/null 2>&1 < /dev/null & }
