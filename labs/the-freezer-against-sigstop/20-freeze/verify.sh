both_there
[ -d "$tree/$group" ] || say "There is no group $tree/$group yet."
in_group "$t" || say "/opt/$task (process $t) is not in the group $group."
in_group "$g" || say "/opt/guardian (process $g) is not in the group $group."
if ! frozen; then
    [ "$(state "$t")$(state "$g")" = TT ] && say "Both are in the group, but still stopped by the signal. Send CONT to both, then freeze."
    say "Both are in the group, and it is not frozen yet."
fi
