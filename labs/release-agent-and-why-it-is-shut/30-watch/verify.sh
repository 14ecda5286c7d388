[ -d "$two" ] || { [ -e /run/lab/released ] && say "The group is gone already, before anything was there to release: put the sleep in before the watcher starts."; say "There is no group $two yet."; }
grep -q 'populated 1' "$two/cgroup.events" || say "The group $name in the v2 tree is empty: put a sleep into it."
pgrep -x watcher > /dev/null || say "No /opt/watcher is running."
[ ! -e /run/lab/released ] || say "/run/lab/released is there although the group is not empty. Remove it; the watcher is to make it."
