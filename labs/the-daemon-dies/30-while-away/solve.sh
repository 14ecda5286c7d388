pid=$(ask '{{.State.Pid}}' "$name")
service docker stop
kill -9 "$pid"
sleep 0.2
service docker start
