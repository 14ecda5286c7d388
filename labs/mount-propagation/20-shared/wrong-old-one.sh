# expect: No `sleep
mount --make-shared $hub
mkdir -p "$hub/$tag-b"
mount -t tmpfs two "$hub/$tag-b"
