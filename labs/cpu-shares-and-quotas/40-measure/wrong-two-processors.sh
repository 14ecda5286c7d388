# expect: do not compete
join_and big /opt/burn
join_and small taskset -c 0 /opt/burn
sleep 0.5
