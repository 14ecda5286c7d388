# expect: it was thawed too early
thaw
kill -TERM "$(task_pid)"
for _ in $(seq 40); do [ -e /run/lab/work ] && break; sleep 0.05; done
sleep 0.2
