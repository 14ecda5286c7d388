mkdir -p /tmp/leak && cd /tmp/leak || exit 1
docker save leaky:1 | tar x
find . -type f | while read -r f; do tar xOf "$f" root/key 2>/dev/null; done > /root/found
