pid=$(running "$first")
[ -n "$pid" ] || say "No \`sleep $first\` is running."
new_user "$pid" || say "\`sleep $first\` is in the machine's own user namespace."
[ "$(user_of "$pid")" = 1000 ] || say "Seen from the machine, \`sleep $first\` belongs to user $(user_of "$pid"), not to learner (1000)."
m=$(map "$pid" uid_map)
[ -n "$m" ] || say "The new namespace has no map: its user is nobody (65534) inside."
[ "$m" = "0 1000 1" ] || say "The map of \`sleep $first\` is '$m'; learner (1000) was to be 0 inside."
