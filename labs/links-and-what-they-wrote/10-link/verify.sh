running db
running app
links=$(ask '{{json .HostConfig.Links}}' app)
case $links in
*"/db:/app/$alias\""*) ;;
null | '[]') echo "app has no link."; exit 1 ;;
*) echo "app has the link $links; wanted is db under the alias $alias."; exit 1 ;;
esac
docker exec app sh -c 'env' | grep -q "_ENV_PASSWORD=$secret\$" || { echo "app does not have the variable of db: was db started with PASSWORD=$secret?"; exit 1; }
docker exec app sh -c 'env' | grep -q "_PORT_${port}_TCP_PORT=$port\$" || { echo "app does not have a variable for port $port: was it exposed by db?"; exit 1; }
