for file in ca.pem cert.pem key.pem; do [ -s ~/.docker/$file ] || { echo "There is no $file in ~/.docker."; exit 1; }; done
names=$(docker -H "tcp://127.0.0.1:$port" --tlsverify network ls --format '{{.Name}}' 2>&1) || { echo "docker -H tcp://127.0.0.1:$port --tlsverify says: $(head -1 <<<"$names")"; exit 1; }
grep -qx "$org" <<<"$names" && exit 0
docker network ls --format '{{.Name}}' | grep -qx "$org" && { echo "The network $org is on the first engine: your command did not go to port $port."; exit 1; }
echo "The second engine has no network named $org."
exit 1
