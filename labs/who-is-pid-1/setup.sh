mkdir -p /run/lab /opt
printf '#!/bin/bash\n# Process 1 of the crew: starts six workers, and collects whoever ends.\nfor n in 2 3 4 5 6 7; do sleep infinity & done\nwhile :; do wait -n; sleep 0.2; done\n' > /opt/crew
printf '#!/bin/bash\n# Has a handler for TERM.\ntrap "exit 0" TERM\nwhile :; do sleep infinity & wait $!; done\n' > /opt/polite
printf '#!/bin/bash\n# Leaves %s orphans behind, and becomes a sleep that collects nobody.\n(for n in $(seq %s); do sleep 0.1 & done)\nexec sleep infinity\n' "$orphans" "$orphans" > /opt/careless
cp /usr/bin/sleep /opt/deaf
chmod +x /opt/crew /opt/polite /opt/careless
# The two of step 3 come back until they were ended in the right way; how they ended is kept.
cat > /opt/keep << 'END'
#!/bin/bash
# keep NAME STATUS COMMAND: run the command in a PID namespace of its own until it ends with this status.
until grep -qxE "$2" "/run/lab/$1" 2> /dev/null; do
    unshare --fork --pid --mount-proc "${@:3}"
    echo $? > "/run/lab/$1"
    sleep 0.1
done
END
chmod +x /opt/keep
begin() { "$@" > /dev/null 2>&1 < /dev/null & }
begin unshare --fork --pid --mount-proc /opt/crew
begin unshare --fork --pid --mount-proc /opt/careless
begin /opt/keep deaf '1|137' /opt/deaf infinity
begin /opt/keep polite 0 /opt/polite
ready() { pgrep -x deaf && pgrep -P "$(pgrep -x polite)" && [ "$(pgrep -c -P "$(pgrep -x crew)")" = 6 ] && [ "$(ps -eo stat= | grep -c Z)" -ge "$orphans" ]; }
for _ in $(seq 60); do ready > /dev/null 2>&1 && break; sleep 0.05; done
