# expect: Nothing runs in the group small
join_and big taskset -c 0 /opt/burn
sleep 0.2
