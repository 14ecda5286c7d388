[ "$(ask '{{.State.Running}}' keeper)" = true ] || { echo "No container named keeper is running."; exit 1; }
name=$(ask '{{range .Mounts}}{{if eq .Destination "/var/keep"}}{{.Name}}{{end}}{{end}}' keeper)
[ -n "$name" ] || { echo "keeper has no volume at /var/keep: does its image say VOLUME /var/keep?"; exit 1; }
[ ${#name} = 64 ] || { echo "keeper's volume has the name $name; an anonymous one has 64 digits."; exit 1; }
[ "$(cat "$(data_of "$name")/first" 2>/dev/null)" = "$word" ] || { echo "The volume has no file first that says $word: it is filled from what the image has there."; exit 1; }
