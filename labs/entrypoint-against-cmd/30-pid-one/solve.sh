printf 'FROM busybox\nCMD ["sleep", "%s"]\n' "$seconds" | docker build -q -t server:1 -
docker run -d --name server server:1
