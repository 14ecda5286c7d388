docker volume create "$volume" >/dev/null
docker run --rm -v "$volume:/data" busybox sh -c "for i in \$(seq $count); do echo entry \$i > /data/\$i; done; chown 1000 /data/1; chmod 600 /data/1"
docker run -d --name writer -v "$volume:/data" busybox sh -c 'while :; do date > /data/now; sleep 1; done' >/dev/null
