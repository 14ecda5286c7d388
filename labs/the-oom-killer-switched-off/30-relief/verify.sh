value=$(cat "$group/$soft")
[ "$value" = $((relief * mib)) ] || say "$soft of $name is $((value / mib)) MiB; it has to be $relief."
[ "$(kills)" = 0 ] || say "A process of $name was killed for want of memory. Reset the step."
pid=$(hogs | head -1)
[ -n "$pid" ] || say "The hog is gone. It was to go on; reset the step."
[ "$(size_of "$pid")" -ge 29 ] || say "The hog has $(size_of "$pid") MiB so far, and wants $(asked "$pid"). Look again."
