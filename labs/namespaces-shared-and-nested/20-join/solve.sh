begin nsenter --target "$(pgrep -x "$odd")" --net --uts unshare --ipc sleep "$guest"
await "$guest"
