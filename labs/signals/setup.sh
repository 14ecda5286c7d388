mkdir -p /run/lab /opt
cat > "/opt/$clock" << 'END'
#!/bin/bash
# Counts the tenths of a second in which it runs.
while :; do n=$((n + 1)); echo $n > /run/lab/ticks; sleep 0.1; done
END
cat > "/opt/$service" << 'END'
#!/bin/bash
# A service: reads its configuration at the start and on HUP, ends on TERM.
name=$(basename "$0")
load() { . "/etc/$name.conf"; echo "$greeting" > "/run/lab/$name.loaded"; }
trap load HUP
trap 'exit 0' TERM
load
echo $$ > "/run/lab/$name.pid"
while :; do sleep infinity & wait $!; kill $!; done
END
cat > /opt/mule << 'END'
#!/bin/bash
# Wants to hear of nothing.
trap '' HUP INT QUIT TERM USR1 USR2
exec -a mule sleep infinity
END
cat > /opt/scribe << 'END'
#!/bin/bash
# Has work in its hands, and wants to put it down before it ends.
trap 'echo saved > /run/lab/scribe.work; exit 0' TERM
echo unsaved > /run/lab/scribe.work
while :; do sleep infinity & wait $!; done
END
cat > /opt/again << 'END'
#!/bin/bash
# Start the scribe again for as long as its work was lost.
until [ "$(cat /run/lab/scribe.work 2> /dev/null)" = saved ]; do /opt/scribe; sleep 0.1; done
END
printf 'greeting=hello\n' > "/etc/$service.conf"
chmod +x /opt/*
begin() { "$@" > /dev/null 2>&1 < /dev/null & }
begin "/opt/$clock"
begin "/opt/$service"
begin /opt/mule
begin /opt/again
for _ in $(seq 60); do [ -s /run/lab/ticks ] && [ -s "/run/lab/$service.pid" ] && [ -s /run/lab/scribe.work ] && pgrep -f '^mule' > /dev/null && break; sleep 0.05; done
