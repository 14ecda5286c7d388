mkdir -p "$two"
begin sleep 10000
echo $! > "$two/cgroup.procs"
printf '#!/bin/bash\nuntil grep -q "populated 0" %s/cgroup.events; do sleep 0.1; done\nrmdir %s && touch /run/lab/released\n' "$two" "$two" > /opt/watcher
chmod +x /opt/watcher
begin /opt/watcher
sleep 0.1
