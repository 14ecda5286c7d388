# expect: wanted are
docker run -d --name noisy busybox sh -c "yes $word | head -n 40000; sleep 10000"
