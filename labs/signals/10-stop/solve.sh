kill -STOP "$(of_script "$clock")"
sleep 0.1
