ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
there() { [ -n "$(ask '{{.Id}}' "$1")" ] || { echo "There is no container named $1."; exit 1; }; }
