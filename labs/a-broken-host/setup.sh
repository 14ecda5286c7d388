mkdir -p /etc/slipway
docker network create "$net" >/dev/null
docker run -d --name web -p "$port:8080" busybox httpd -f -p 80 -h /etc >/dev/null
docker run -d --name db busybox httpd -f -p 5432 -h /etc >/dev/null
docker run -d --name api --network "$net" busybox sleep 100000 >/dev/null
docker run -d --name job --restart always -m 8m --memory-swap 8m busybox sh -c "dd if=/dev/zero of=/dev/shm/data bs=1M count=16 2>/dev/null && echo $word > /state && sleep 100000" >/dev/null
iptables -I DOCKER-USER -p tcp --dport 80 -j DROP
mkdir -p /var/log/old
free=$(df -k --output=avail / | tail -1)
head -c $(((free - 6000) * 1024)) /dev/zero > /var/log/old/trace.log
service docker stop
printf '{\n  "debug": true\n  "log-driver": "json-file"\n}\n' > /etc/slipway/daemon.json
