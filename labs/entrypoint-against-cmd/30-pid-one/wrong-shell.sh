# expect: Process 1 of server is started as /bin/sh
printf 'FROM busybox\nCMD sleep %s; true\n' "$seconds" | docker build -q -t server:1 -
docker run -d --name server server:1
