# expect: it was made out here
begin unshare --mount --propagation slave sleep "$c"
await "$c"
mkdir -p "$hub/$tag-in" "$hub/$tag-out"
mount -t tmpfs in "$hub/$tag-in"
mount -t tmpfs out "$hub/$tag-out"
