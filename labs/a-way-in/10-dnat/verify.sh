honest
found=$(dnat PREROUTING)
[ -n "$found" ] || nft list ruleset 2>/dev/null | grep -q 'dnat to' || say "There is no DNAT rule in PREROUTING of the table nat yet."
grep -qE -- "--dport $port " <<<"$found " || say "No DNAT rule is for TCP port $port: $(head -1 <<<"$found")."
grep -qE -- "--dport $port .*--to-destination $subnet\.2:80\$" <<<"$found" || say "The rule for port $port leads to $(sed -nE "s/.*--dport $port .*--to-destination (.*)/\1/p;q" <<<"$found"), and the server listens at $subnet.2:80."
reaches friend || say "The rule is there, but the page does not come to friend. Does something drop it? Look at: iptables -nvL FORWARD"
