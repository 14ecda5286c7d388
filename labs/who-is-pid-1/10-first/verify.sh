pid=
for p in $(pgrep -f "^sleep $seconds\$"); do [ "$(number_inside "$p")" = 1 ] && pid=$p; done
if [ -z "$pid" ]; then
    pgrep -f "^sleep $seconds\$" >/dev/null || say "No \`sleep $seconds\` is running."
    say "\`sleep $seconds\` runs, but it is not number 1 of a new PID namespace. Without --fork, unshare itself becomes the sleep, and stays in the old one."
fi
[ "$(nsenter --target "$pid" --mount cat /proc/1/cmdline 2>/dev/null | tr '\0' ' ')" = "sleep $seconds " ] ||
    say "\`sleep $seconds\` is number 1, but its /proc still shows the machine's processes: --mount-proc is missing."
