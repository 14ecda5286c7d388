subnet=$(docker network inspect -f '{{range .IPAM.Config}}{{.Subnet}}{{end}}' "$net-front" 2>/dev/null) || { echo "There is no network $net-front."; exit 1; }
[ "$subnet" = "$front.0/24" ] || { echo "$net-front has the subnet $subnet, not $front.0/24."; exit 1; }
running web
in_net web "$net-front" || { echo "web is in the network $(nets web), not in $net-front."; exit 1; }
address=$(ask "{{(index .NetworkSettings.Networks \"$net-front\").IPAddress}}" web)
[ "$address" = "$front.$host" ] || { echo "web has the address $address; wanted is $front.$host."; exit 1; }
