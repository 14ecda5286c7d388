running "$name-local" || { echo "No container named $name-local is running."; exit 1; }
bound=$(ask '{{range $p, $b := .HostConfig.PortBindings}}{{range $b}}{{.HostIp}}:{{.HostPort}}->{{$p}} {{end}}{{end}}' "$name-local")
[ "$bound" = "127.0.0.1:$local->80/tcp " ] && exit 0
case $bound in
:"$local"*) echo "Port $local is published on every address; bind it to 127.0.0.1." ;;
'') echo "$name-local publishes nothing." ;;
*) echo "$name-local publishes $bound; wanted is 127.0.0.1:$local->80/tcp." ;;
esac
exit 1
