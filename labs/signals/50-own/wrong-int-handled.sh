# expect: something else
printf '#!/bin/bash\ntrap "touch /run/lab/%s.seen" USR1\ntrap "true" INT\nwhile :; do sleep infinity & wait $!; done\n' "$mine" > "/root/$mine"
chmod +x "/root/$mine"
env --default-signal=INT "/root/$mine" > /dev/null 2>&1 < /dev/null &
sleep 0.4
