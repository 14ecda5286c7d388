running office
ask '{{json .HostConfig.ExtraHosts}}' office | grep -q "\"printer[:=]$printer\"" || { echo "office was not started with the name printer for $printer; a line written into /etc/hosts by hand is lost at the next start."; exit 1; }
ask '{{json .HostConfig.Dns}}' office | grep -q '"192.0.2.53"' || { echo "office was not started with the DNS server 192.0.2.53."; exit 1; }
docker exec office grep -qE "^${printer}[[:space:]]+printer" /etc/hosts || { echo "/etc/hosts of office has no line for printer."; exit 1; }
