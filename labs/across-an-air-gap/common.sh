id_of() { docker image inspect -f '{{.Id}}' "$1" 2>/dev/null; }
