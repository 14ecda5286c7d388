at_hub
mine=$(peer shared "$(tags self $hub)")
[ -n "$mine" ] || say "The mount at $hub is not shared yet."
pid=$(running "$b")
apart "$b" "$pid"
theirs=$(peer shared "$(tags "$pid" $hub)")
[ "$theirs" = "$mine" ] || say "The mount at $hub that \`sleep $b\` sees is no peer of the machine's (shared:$mine here, $(tags "$pid" $hub | sed 's/^$/nothing/;s/ $//') there). Start it after the mount was made shared, with --propagation unchanged."
sees "$pid" "$hub/$tag-b" || say "There is no mount at $hub/$tag-b in the namespace of \`sleep $b\` yet."
sees self "$hub/$tag-b" || say "\`sleep $b\` has a mount at $hub/$tag-b, and the machine has not."
