# expect: as well
kill -KILL "$(guardian_pid)"
thaw
for _ in $(seq 60); do [ -z "$(task_pid)" ] && break; sleep 0.05; done
