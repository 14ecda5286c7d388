data=$(data_of "$volume")
[ -n "$data" ] || { echo "There is no volume named $volume."; exit 1; }
[ -e "$data/note" ] || { echo "The volume $volume has no file note."; exit 1; }
[ "$(cat "$data/note")" = "$word" ] || { echo "note in $volume says \"$(head -c 40 "$data/note")\", not $word."; exit 1; }
left=$(docker ps -aq --filter "volume=$volume" | wc -l)
[ "$left" = 0 ] || { echo "A container that uses $volume is still there; remove it, the volume stays."; exit 1; }
