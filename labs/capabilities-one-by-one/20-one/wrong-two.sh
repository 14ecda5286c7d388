# expect: has more than
begin setpriv --reuid=learner --regid=learner --clear-groups --inh-caps=+net_bind_service,+net_raw --ambient-caps=+net_bind_service,+net_raw busybox httpd -f -p "$port" -h /srv/www
for _ in $(seq 60); do ss -Hltn "sport = :$port" | grep -q . && break; sleep 0.05; done
