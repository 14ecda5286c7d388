# expect: does not have the line
ip netns add "$netns"
echo "nameserver $dns" > /etc/resolv.conf
begin ip netns exec "$netns" sleep "$inner"
await "$inner"
