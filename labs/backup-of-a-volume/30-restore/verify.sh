data=$(data_of "$volume-restored")
[ -n "$data" ] || { echo "There is no volume named $volume-restored."; exit 1; }
[ "$(cat "$data/$count" 2>/dev/null)" = "entry $count" ] || { echo "The file $count of $volume-restored is missing or says something else; files belong at the top of the volume."; exit 1; }
[ "$(stat -c '%u %a' "$data/1" 2>/dev/null)" = "1000 600" ] || { echo "File 1 of $volume-restored has owner and mode $(stat -c '%u %a' "$data/1" 2>/dev/null); they should be 1000 and 600."; exit 1; }
