# expect: was given to run
docker tag busybox server:1
docker run -d --name server server:1 sleep "$seconds"
