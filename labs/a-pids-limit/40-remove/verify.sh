if [ -d "$group" ]; then
    left=$(cat "$group/cgroup.procs" "$group/inner/cgroup.procs" 2> /dev/null | grep -c .)
    [ "$left" = 0 ] || say "There are still $left processes in $name; end them first."
    [ ! -d "$group/inner" ] || say "Nobody is left in $name/inner: remove it, then the outer group."
    say "The group $name is still there, and empty: rmdir."
fi
