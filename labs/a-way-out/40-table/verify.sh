untouched_internet
entries=$(conntrack -L -p tcp -s "$subnet.1" 2>/dev/null)
[ -n "$entries" ] || say "The table has no TCP connection from $subnet.1 now. Fetch the page from red (its entry stays for two minutes)."
mine=$(grep "src=$subnet.1 dst=$server .*dport=80 " <<<"$entries")
[ -n "$mine" ] || say "There are connections from red, but none to port 80 of $server."
grep -q "src=$server dst=$wan " <<<"$mine" || say "The entry is there, but its second half does not lead to $wan: the source was not translated."
