pid=$(running "$bound")
[ -n "$pid" ] || say "No \`sleep $bound\` is running."
[ "$(field "$pid" Uid)" = 0 ] || say "\`sleep $bound\` runs as user $(field "$pid" Uid); it has to be root (0)."
have=$(field "$pid" CapBnd)
if [ "$have" != $docker_set ]; then
    extra=$(printf %016x $((0x$have & ~0x$docker_set))) missing=$(printf %016x $((0x$docker_set & ~0x$have)))
    [ $((0x$extra)) != 0 ] && say "The bounding set of \`sleep $bound\` is too large; it also has: $(names "$extra" | cut -c1-120)."
    say "The bounding set of \`sleep $bound\` lacks: $(names "$missing")."
fi
[ "$(field "$pid" CapEff)" = $docker_set ] || say "The bounding set is right, but CapEff is $(field "$pid" CapEff)."
