kill -CONT "$(of_script "$clock")"
sleep 0.1
