mount --make-shared $hub
begin unshare --mount --propagation unchanged sleep "$b"
await "$b"
mkdir -p "$hub/$tag-b"
sees self "$hub/$tag-b" || nsenter --target "$(running "$b")" --mount mount -t tmpfs two "$hub/$tag-b"
