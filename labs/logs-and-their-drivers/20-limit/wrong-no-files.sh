# expect: wanted are
docker run -d --name noisy --log-opt "max-size=$size" busybox sh -c "yes $word | head -n 40000; sleep 10000"
