engine
used=$(df --output=pcent / | tail -1 | tr -dc 0-9)
[ "$used" -le 50 ] || { echo "The disk is still $used % full."; exit 1; }
docker image inspect busybox >/dev/null 2>&1 || { echo "The image busybox is gone."; exit 1; }
for one in web db api job; do [ -n "$(ask '{{.Id}}' $one)" ] || { echo "The container $one is gone."; exit 1; }; done
