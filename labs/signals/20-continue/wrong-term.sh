# expect: is still stopped
kill -TERM "$(of_script "$clock")"
sleep 0.1
