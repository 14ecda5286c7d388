running db
running app
[ "$(ask '{{len .HostConfig.Links}}' app)" = 0 ] || { echo "app still has a link."; exit 1; }
docker exec app env | grep -q "$secret" && { echo "app knows the password of db."; exit 1; }
docker exec app nslookup "$alias" 2>/dev/null | grep -q '^Name:' || { echo "app does not find the name $alias."; exit 1; }
