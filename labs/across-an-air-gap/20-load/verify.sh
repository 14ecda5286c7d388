[ -n "$(id_of "$name:1")" ] || { echo "There is no image $name:1."; exit 1; }
[ "$(id_of "$name:1")" = "$(cat /run/first-id)" ] || { echo "$name:1 is another image than the one that was saved."; exit 1; }
docker events --since 1h --until 0s --filter type=image --filter event=load --format '{{.Action}}' | grep -q load || { echo "No image was loaded yet."; exit 1; }
