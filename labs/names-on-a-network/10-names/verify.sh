docker network inspect "$net" >/dev/null 2>&1 || { echo "There is no network $net."; exit 1; }
running alpha
running beta
for one in alpha beta; do
    [ -n "$(ask "{{with index .NetworkSettings.Networks \"$net\"}}{{.IPAddress}}{{end}}" $one)" ] || { echo "$one is not in $net."; exit 1; }
done
[ -n "$(knows alpha beta)" ] || { echo "alpha does not find the name beta."; exit 1; }
