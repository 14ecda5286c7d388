running "$name" || { echo "No container named $name is running."; exit 1; }
file=$(upper "$name")/note
[ -e "$file" ] || { echo "There is no /note in $name."; exit 1; }
[ "$(cat "$file")" = "$word" ] || { echo "/note in $name says \"$(head -c 40 "$file")\", not $word."; exit 1; }
