docker image inspect tight:1 >/dev/null 2>&1 || { echo "There is no image tight:1."; exit 1; }
base=$(docker image inspect -f '{{len .RootFS.Layers}}' busybox)
made=$(docker image inspect -f '{{len .RootFS.Layers}}' tight:1)
[ "$made" -le $((base + 1)) ] || { echo "tight:1 has $((made - base)) layers more than busybox; one is enough."; exit 1; }
[ "$(docker run --rm tight:1 cat /root/ready 2>/dev/null)" = ready ] || { echo "tight:1 has no /root/ready that says ready."; exit 1; }
