killer_off && { [ $v = 1 ] && say "The OOM killer is still switched off for $name."; say "memory.max of $name is still max."; }
first=$(for p in $(hogs); do [ "$(asked "$p")" -ge 30 ] && echo "$p"; done | head -1)
if [ "$(kills)" = 0 ]; then
    [ -n "$first" ] || say "The first hog is gone, and not by the OOM killer; reset the step."
    say "Nobody of $name was killed so far: start the second hog, with 24 MiB."
fi
[ -n "$first" ] || say "The OOM killer took the first hog, the bigger one. Reset the step, and give the second one an oom_score_adj of 1000."
