engine
running db
running api
for one in db api; do
    [ -n "$(ask "{{with index .NetworkSettings.Networks \"$net\"}}{{.IPAddress}}{{end}}" $one)" ] || { echo "$one is not in the network $net."; exit 1; }
done
docker exec api nslookup db 2>/dev/null | grep -q '^Name:' || { echo "api does not find the name db."; exit 1; }
