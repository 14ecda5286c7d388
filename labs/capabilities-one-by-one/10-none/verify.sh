pid=$(running "$none")
[ -n "$pid" ] || say "No \`sleep $none\` is running."
[ "$(field "$pid" Uid)" = 0 ] || say "\`sleep $none\` runs as user $(field "$pid" Uid); it has to be root (0)."
[ "$(field "$pid" CapEff)" = 0000000000000000 ] || say "\`sleep $none\` still has capabilities: CapEff is $(field "$pid" CapEff)."
[ "$(field "$pid" CapBnd)" = 0000000000000000 ] || say "\`sleep $none\` has none now, but could get some again: CapBnd is $(field "$pid" CapBnd)."
