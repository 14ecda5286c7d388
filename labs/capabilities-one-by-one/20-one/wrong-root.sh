# expect: it has to be learner
begin busybox httpd -f -p "$port" -h /srv/www
for _ in $(seq 60); do ss -Hltn "sport = :$port" | grep -q . && break; sleep 0.05; done
