running api
in_net api "$net-front" || { echo "api is not in $net-front."; exit 1; }
in_net api "$net-back" || { echo "api is not in $net-back."; exit 1; }
in_net web "$net-back" && { echo "web is in $net-back, too; it must not reach db."; exit 1; }
docker exec api nc -w 2 db 5432 </dev/null 2>/dev/null || { echo "api does not reach port 5432 of db by its name."; exit 1; }
