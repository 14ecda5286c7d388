# expect: it was started after that mount
mount -t tmpfs hub $hub
mount --make-private $hub
mkdir -p "$hub/$tag-a"
mount -t tmpfs one "$hub/$tag-a"
begin unshare --mount --propagation unchanged sleep "$a"
await "$a"
