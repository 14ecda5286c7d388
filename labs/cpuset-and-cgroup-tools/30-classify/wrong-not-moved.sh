# expect: is not in the group
taskset -pc "$last" "$(pgrep -x runner)"
