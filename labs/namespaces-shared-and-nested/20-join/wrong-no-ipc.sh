# expect: shares the machine's IPC
begin nsenter --target "$(pgrep -x "$odd")" --net --uts sleep "$guest"
await "$guest"
