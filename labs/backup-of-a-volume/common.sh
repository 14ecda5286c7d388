ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
data_of() { docker volume inspect -f '{{.Mountpoint}}' "$1" 2>/dev/null; }
