# expect: runner
cgexec -g "cpuset:/$name" /opt/runner infinity > /dev/null 2>&1 < /dev/null &
sleep 0.2
