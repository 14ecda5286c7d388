# expect: is not private
mount -t tmpfs hub $hub
mount --make-shared $hub
begin unshare --mount --propagation unchanged sleep "$a"
await "$a"
