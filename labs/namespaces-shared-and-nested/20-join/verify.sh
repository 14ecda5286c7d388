pid=$(running "$guest")
[ -n "$pid" ] || say "No \`sleep $guest\` is running."
target=$(pgrep -x "$odd") || say "/opt/$odd is gone; reset the step."
for kind in net uts; do
    same "$pid" "$target" $kind || { same "$pid" self $kind && say "\`sleep $guest\` is in the machine's $kind namespace, not in that of $odd."; say "\`sleep $guest\` has another $kind namespace than $odd."; }
done
! same "$pid" self ipc || say "\`sleep $guest\` shares the machine's IPC namespace; it was to have a new one."
same "$pid" self pid || say "\`sleep $guest\` is in a new PID namespace; only IPC was to be new."
same "$pid" self mnt || say "\`sleep $guest\` is in another mount namespace; only IPC was to be new."
