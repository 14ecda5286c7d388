need plain
p=$(filters "$pid")
need open
o=$(filters "$pid")
[ "$p" -gt "$own" ] || say "plain runs without a filter of its own; start it without any option."
[ "$o" = "$own" ] || say "open has a filter of its own; start it with --security-opt seccomp=unconfined."
