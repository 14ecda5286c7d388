# expect: the bigger one
switch_on
join_and exec /opt/hog 24
for _ in $(seq 100); do [ "$(kills)" -gt 0 ] && break; sleep 0.05; done
sleep 0.2
