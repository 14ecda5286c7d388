engine
running web
bound=$(ask '{{range $p, $b := .HostConfig.PortBindings}}{{range $b}}{{.HostPort}}->{{$p}} {{end}}{{end}}' web)
case " $bound" in
*" $port->80/tcp "*) ;;
*"->8080/tcp"*) echo "web publishes port 8080 of the container, where nobody listens."; exit 1 ;;
*) echo "web publishes ${bound:-nothing}; port $port of the machine should lead to its port 80."; exit 1 ;;
esac
docker exec web netstat -lnt | grep -q ':80 ' || { echo "Nobody listens on port 80 in web."; exit 1; }
