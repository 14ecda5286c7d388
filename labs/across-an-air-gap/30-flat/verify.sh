[ -n "$(id_of flat:1)" ] || { echo "There is no image flat:1."; exit 1; }
layers=$(docker image inspect -f '{{len .RootFS.Layers}}' flat:1)
[ "$layers" = 1 ] || { echo "flat:1 has $layers layers; wanted is one."; exit 1; }
[ "$(docker image inspect -f '{{len .Config.Cmd}}' flat:1 2>/dev/null)" -gt 0 ] 2>/dev/null || { echo "flat:1 has no command: import knows only files. Give it one with --change."; exit 1; }
[ "$(docker run --rm --network none flat:1 2>/dev/null)" = "$word" ] || { echo "A container of flat:1 does not print $word."; exit 1; }
