running db
running app
running squatter
network=$(ask '{{range $n, $e := .NetworkSettings.Networks}}{{$n}}{{println}}{{end}}' app | head -1)
address=$(ask "{{with index .NetworkSettings.Networks \"$network\"}}{{.IPAddress}}{{end}}" db)
[ -n "$address" ] || { echo "db is not in the network $network any more; connect it again."; exit 1; }
[ -n "$(ask "{{with index .NetworkSettings.Networks \"$network\"}}{{.IPAddress}}{{end}}" squatter)" ] || { echo "squatter is not in the network $network."; exit 1; }
found=$(docker exec app nslookup "$alias" 2>/dev/null | grep -A1 '^Name:' | sed -n 's/^Address: //p' | head -1)
[ "$found" = "$address" ] || { echo "app finds ${found:-nothing} for $alias; db has $address now. Was it connected with its alias?"; exit 1; }
