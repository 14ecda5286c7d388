# expect: sees another /etc/resolv.conf
ip netns add "$netns"
mkdir -p "/etc/netns/$netns"
echo "nameserver $dns" > "/etc/netns/$netns/resolv.conf"
begin nsenter --net="/run/netns/$netns" sleep "$inner"
await "$inner"
