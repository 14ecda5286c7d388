running "$name-twin" || { echo "No container named $name-twin is running."; exit 1; }
[ "$(ask '{{.Config.Image}}' "$name-twin")" = busybox ] || { echo "$name-twin was not started from busybox."; exit 1; }
[ ! -e "$(upper "$name-twin")/note" ] || { echo "$name-twin has a /note of its own; start it and leave it as it is."; exit 1; }
docker image inspect "twin:$word" >/dev/null 2>&1 || { echo "There is no image twin:$word."; exit 1; }
base=$(docker image inspect -f '{{len .RootFS.Layers}}' busybox)
made=$(docker image inspect -f '{{len .RootFS.Layers}}' "twin:$word")
[ "$made" -gt "$base" ] || { echo "twin:$word has no layer more than busybox: was it made from $name, where the changes are?"; exit 1; }
