# expect: wanted is on-failure
docker run -d --name "$name" --restart always busybox sh -c "exit $code"
