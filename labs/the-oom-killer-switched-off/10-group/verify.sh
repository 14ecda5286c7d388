[ -d "$group" ] || say "There is no group $group yet."
value=$(cat "$group/$soft" 2> /dev/null) || say "$group has no $soft: the memory controller is not on for it."
[ "$value" = $((limit * mib)) ] || say "$soft of $name is $value; $limit MiB are $((limit * mib))."
if ! killer_off; then
    [ $v = 1 ] && say "The OOM killer is still on for $name: memory.oom_control says oom_kill_disable 0."
    say "memory.max of $name is $(cat "$group/memory.max"): at that point the killer would come. Leave it at max."
fi
