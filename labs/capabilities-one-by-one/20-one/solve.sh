begin setpriv --reuid=learner --regid=learner --clear-groups --inh-caps=+net_bind_service --ambient-caps=+net_bind_service busybox httpd -f -p "$port" -h /srv/www
for _ in $(seq 60); do ss -Hltn "sport = :$port" | grep -q . && break; sleep 0.05; done
