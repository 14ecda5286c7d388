# expect: it was ended
kill -TERM "$(of_script "$clock")"
sleep 0.2
