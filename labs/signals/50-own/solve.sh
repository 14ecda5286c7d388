printf '#!/bin/bash\ntrap "touch /run/lab/%s.seen" USR1\ntrap "" INT\nwhile :; do sleep infinity & wait $!; done\n' "$mine" > "/root/$mine"
chmod +x "/root/$mine"
"/root/$mine" > /dev/null 2>&1 < /dev/null &
pid=$!
for _ in $(seq 40); do has "$pid" SigCgt 10 && has "$pid" SigIgn 2 && break; sleep 0.05; done
kill -USR1 "$pid"
for _ in $(seq 40); do [ -e "/run/lab/$mine.seen" ] && break; sleep 0.05; done
