# expect: is called build
printf 'FROM busybox\nRUN echo %s > /message\n' "$WORD" > /root/src/Dockerfile
docker build -q -t ship:1 /root/src
