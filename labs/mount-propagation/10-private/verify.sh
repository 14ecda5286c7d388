at_hub
t=$(tags self $hub)
[ -z "$t" ] || say "The mount at $hub is not private: its mountinfo has ${t% }."
pid=$(running "$a")
apart "$a" "$pid"
sees self "$hub/$tag-a" || say "The machine has no mount at $hub/$tag-a yet."
! sees "$pid" "$hub/$tag-a" || say "\`sleep $a\` sees $hub/$tag-a: it was started after that mount was made, and so has a copy of it. Start it before."
