[ "$(ask '{{.State.Running}}' registry)" = true ] || { echo "No container named registry is running."; exit 1; }
there '' >/dev/null || { echo "Nobody answers as a registry on port $port of this machine (yet)."; exit 1; }
[ "$(ask '{{range .Mounts}}{{if eq .Destination "/var/lib/registry"}}{{.Name}}{{end}}{{end}}' registry)" = images ] || { echo "The data of the registry are not in the volume images."; exit 1; }
