ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
mount_of() { ask '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.RW}}{{println}}{{end}}' "$1"; }
data_of() { docker volume inspect -f '{{.Mountpoint}}' "$1" 2>/dev/null; }
