# expect: does not print
docker tag busybox app:lean
