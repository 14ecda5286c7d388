pid=$(running "$closed")
[ -n "$pid" ] || say "No \`sleep $closed\` is running."
[ "$(field "$pid" Uid)" = 1000 ] || say "\`sleep $closed\` runs as user $(field "$pid" Uid); it has to be learner (1000)."
[ "$(field "$pid" NoNewPrivs)" = 1 ] || say "\`sleep $closed\` could still gain privileges: NoNewPrivs is $(field "$pid" NoNewPrivs)."
