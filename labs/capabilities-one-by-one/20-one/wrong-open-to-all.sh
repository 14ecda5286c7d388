# expect: no capability at all
echo 80 > /proc/sys/net/ipv4/ip_unprivileged_port_start
begin as-learner busybox httpd -f -p "$port" -h /srv/www
for _ in $(seq 60); do ss -Hltn "sport = :$port" | grep -q . && break; sleep 0.05; done
