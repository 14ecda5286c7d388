# expect: is not running any more
echo "greeting=$word" > "/etc/$service.conf"
kill -TERM "$(cat "/run/lab/$service.pid")"
sleep 0.2
