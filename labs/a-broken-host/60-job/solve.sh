docker update --memory 32m --memory-swap 32m job
docker restart -t 0 job
for try in $(seq 60); do [ "$(docker exec job cat /state 2>/dev/null)" = "$word" ] && break; sleep 0.05; done
