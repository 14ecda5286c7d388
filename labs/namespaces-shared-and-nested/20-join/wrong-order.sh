# expect: in the machine's net namespace
begin unshare --ipc sleep "$guest"
await "$guest"
