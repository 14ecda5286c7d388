sees self $hub || mount -t tmpfs hub $hub
mount --make-private $hub
begin unshare --mount --propagation unchanged sleep "$a"
await "$a"
mkdir -p "$hub/$tag-a"
sees self "$hub/$tag-a" || mount -t tmpfs one "$hub/$tag-a"
