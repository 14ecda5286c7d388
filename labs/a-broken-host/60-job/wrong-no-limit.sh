# expect: has no limit at all
docker rm -f job
docker run -d --name job --restart always busybox sh -c "echo $word > /state; sleep 100000"
