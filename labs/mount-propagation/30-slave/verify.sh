at_hub
pid=$(running "$c")
apart "$c" "$pid"
mine=$(peer shared "$(tags self $hub)")
[ -n "$mine" ] || say "The machine's mount at $hub is not shared any more: a slave needs a shared master."
there=$(tags "$pid" $hub)
[ "$(peer master "$there")" = "$mine" ] || say "The mount at $hub that \`sleep $c\` sees is no slave of the machine's: it has $(sed 's/^$/no tag at all (private)/;s/ $//' <<< "$there")."
sees self "$hub/$tag-in" || say "The machine has no mount at $hub/$tag-in yet."
sees "$pid" "$hub/$tag-in" || say "The machine has a mount at $hub/$tag-in, and \`sleep $c\` does not see it."
sees "$pid" "$hub/$tag-out" || say "There is no mount at $hub/$tag-out in the namespace of \`sleep $c\` yet."
! sees self "$hub/$tag-out" || say "The machine has a mount at $hub/$tag-out: it was made out here. Unmount it, and make it from within."
