# expect: private
begin unshare --mount sleep "$c"
await "$c"
mkdir -p "$hub/$tag-in"
mount -t tmpfs in "$hub/$tag-in"
