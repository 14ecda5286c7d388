join_and exec /opt/hog 30
for _ in $(seq 60); do waits && break; sleep 0.05; done
