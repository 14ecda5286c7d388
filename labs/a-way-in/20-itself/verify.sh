honest
reaches friend || say "The page does not come to friend any more: the rule in PREROUTING is still needed."
found=$(dnat OUTPUT)
[ -n "$found" ] || nft list ruleset 2>/dev/null | grep -q 'hook output' || say "There is no DNAT rule in OUTPUT of the table nat yet."
connects "$wan" "$port" || say "There is a rule in OUTPUT, but the machine does not get the page at $wan:$port: ${found:-look at nft list ruleset}"
if ! grep -qE -- "-d $wan(/32)? |--dst-type LOCAL" <<<"$found"; then
    say "The rule in OUTPUT takes port $port of any computer, not only of this one: the machine could not reach port $port anywhere else. Add -d $wan."
fi
