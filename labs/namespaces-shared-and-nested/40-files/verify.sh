[ "$(stat -fc %T "/run/netns/$netns" 2> /dev/null)" = nsfs ] || say "There is no network namespace named $netns yet."
grep -qsx "nameserver $dns" "/etc/netns/$netns/resolv.conf" || say "/etc/netns/$netns/resolv.conf does not have the line \`nameserver $dns\` yet."
pid=$(running "$inner")
[ -n "$pid" ] || say "No \`sleep $inner\` is running."
[ "/proc/$pid/ns/net" -ef "/run/netns/$netns" ] || say "\`sleep $inner\` is not in the network namespace $netns."
grep -qsx "nameserver $dns" "/proc/$pid/root/etc/resolv.conf" || say "\`sleep $inner\` is in $netns, but sees another /etc/resolv.conf. It was started by something else than \`ip netns exec\`, or before the file was there."
! grep -qsx "nameserver $dns" /etc/resolv.conf || say "The machine's own /etc/resolv.conf names $dns too. It was to be seen in the namespace only."
