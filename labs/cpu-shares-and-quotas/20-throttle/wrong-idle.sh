# expect: was throttled 0 times
join_and "$slow" sleep infinity
sleep 0.5
