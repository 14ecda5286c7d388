[ "$(cat "$group/$soft")" = $((limit * mib)) ] && killer_off || say "The group $name does not make its programs wait any more; see the step before."
pid=$(hogs | head -1)
[ -n "$pid" ] || say "No hog runs in the group $name."
[ "$(asked "$pid")" -ge 30 ] || say "The hog in $name wants $(asked "$pid") MiB only; start it with 30."
waits || say "The hog (process $pid) is in the group, but it does not wait for memory: the group uses $(($(cat "$group/$usage") / mib)) MiB."
[ "$(kills)" = 0 ] || say "A process of $name was killed for want of memory. Reset the step, and look at the group before you start the hog."
