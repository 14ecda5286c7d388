# expect: is no peer
mount --make-shared $hub
begin unshare --mount sleep "$b"
await "$b"
mkdir -p "$hub/$tag-b"
mount -t tmpfs two "$hub/$tag-b"
