# expect: has another net namespace
begin unshare --ipc --net --uts sleep "$guest"
await "$guest"
