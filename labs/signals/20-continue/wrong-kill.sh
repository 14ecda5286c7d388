# expect: is gone
kill -KILL "$(of_script "$clock")"
sleep 0.2
