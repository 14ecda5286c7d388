# expect: was the build stopped at the stage test
sed -i '/^FROM busybox$/i FROM build AS test\nRUN grep -qx '"$word"' /src/message\nRUN touch /tested\n' /root/src/Dockerfile
docker build -q -t test:1 /root/src
