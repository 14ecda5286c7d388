pid=$(running "$guest")
[ -n "$pid" ] || say "\`sleep $guest\` is gone; start it again as in the step before."
queues() { tail -n +2 | grep -c .; }
[ "$(queues < /proc/sysvipc/msg)" = 0 ] || say "There is a message queue in the machine's IPC namespace. Remove it (\`ipcrm --all=msg\`), and make one in that of \`sleep $guest\`."
[ "$(nsenter --target "$pid" --ipc cat /proc/sysvipc/msg | queues)" -ge 1 ] || say "There is no message queue in the IPC namespace of \`sleep $guest\` yet."
