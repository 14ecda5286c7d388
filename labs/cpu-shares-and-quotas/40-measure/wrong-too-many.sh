# expect: is not about
join_and small taskset -c 0 /opt/burn
for _ in $(seq 400); do [ "$(used small)" -ge 110 ] && break; sleep 0.1; done
join_and big taskset -c 0 /opt/burn
sleep 0.3
