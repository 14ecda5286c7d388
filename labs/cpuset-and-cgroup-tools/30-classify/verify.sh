pid=$(pgrep -x runner) || say "/opt/runner is gone; reset the step."
in_group "$pid" "$cpusets/$name" || say "/opt/runner (process $pid) is not in the group $name yet."
[ "$(pgrep -xc runner)" = 1 ] || say "A second /opt/runner was started. Move the one that was there."
