for name in red blue; do [ -e /run/netns/$name ] || ip netns add $name; done
