untouched_internet
found=$(rules)
if [ -z "$found" ] && ! nft list ruleset 2>/dev/null | grep -qE 'masquerade|snat to'; then
    say "$server cannot answer yet: no rule in POSTROUTING of the table nat translates the source address."
fi
if [ -n "$found" ] && ! grep -qE -- "-s $subnet\.0/24|-s $subnet\.1/32| -o wan0" <<<"$found"; then
    grep -q -- ' -s ' <<<"$found" && say "The rule masquerades another source than $subnet.0/24: $(sed -nE 's/.*(-s [^ ]+).*/\1/p;q' <<<"$found")."
    say "The rule masquerades everything that leaves, also what is none of red's business. Name the source: -s $subnet.0/24."
fi
inside red ping -q -c 1 -W 2 "$server" >/dev/null 2>&1 ||
    say "There is a rule, but $server does not answer to red yet. Is the default route of red still there, and ip_forward still 1?"
