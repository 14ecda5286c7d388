# expect: in its mind
kill -HUP "$(cat "/run/lab/$service.pid")"
sleep 0.2
echo "greeting=$word" > "/etc/$service.conf"
