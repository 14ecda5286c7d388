# expect: could still get capabilities
docker run -d --name guarded --read-only --user 1000 --security-opt no-new-privileges busybox sleep 10000
