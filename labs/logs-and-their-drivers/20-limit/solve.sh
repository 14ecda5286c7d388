docker run -d --name noisy --log-opt "max-size=$size" --log-opt max-file=2 busybox sh -c "yes $word | head -n 40000; sleep 10000"
