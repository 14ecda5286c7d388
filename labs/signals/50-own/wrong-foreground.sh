# expect: waiting for a program in the foreground
printf '#!/bin/bash\ntrap "touch /run/lab/%s.seen" USR1\ntrap "" INT\nwhile :; do sleep infinity; done\n' "$mine" > "/root/$mine"
chmod +x "/root/$mine"
"/root/$mine" > /dev/null 2>&1 < /dev/null &
sleep 0.4
kill -USR1 $!
