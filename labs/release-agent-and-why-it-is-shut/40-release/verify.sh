if [ -d "$two" ]; then
    grep -q 'populated 1' "$two/cgroup.events" && say "The group $name is not empty yet."
    pgrep -x watcher > /dev/null || say "The group $name is empty, but its watcher is not running any more: start it again."
    say "The group $name is empty, and the watcher has not removed it yet."
fi
[ -e /run/lab/released ] || say "The group is gone, but the watcher did not do it: there is no /run/lab/released. Make group and watcher once more."
