running "$name" || { echo "No container named $name is running."; exit 1; }
bound=$(ask '{{range $p, $b := .HostConfig.PortBindings}}{{range $b}}{{.HostIp}}:{{.HostPort}}->{{$p}} {{end}}{{end}}' "$name")
case " $bound" in
*" :$port->80/tcp "* | *" 0.0.0.0:$port->80/tcp "*) ;;
*":80->$port/tcp"*) echo "You published port $port of the container on port 80 of the machine: left is the machine's, right the container's."; exit 1 ;;
*:"$port->80/tcp"*) echo "Port $port is bound to one address only; publish it on all."; exit 1 ;;
*) echo "$name publishes ${bound:-nothing}, not port 80 on port $port."; exit 1 ;;
esac
