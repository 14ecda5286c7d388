honest
forward=$(iptables -S FORWARD 2>/dev/null)
grep -q '^-P FORWARD DROP' <<<"$forward" || say "The policy of FORWARD is still ACCEPT: everything is let through."
grep -q -- 'ESTABLISHED.*-j ACCEPT' <<<"$forward" || say "FORWARD drops the answers too: no rule accepts ESTABLISHED connections."
grep -qE -- '-i br0 .*-j ACCEPT' <<<"$forward" || say "What comes from br0 is dropped: the server could not fetch an update. Accept -i br0 ! -o br0."
if ! reaches friend; then
    grep -q -- "--dport $port " <<<"$forward" && say "The page does not come to friend: at FORWARD the port is 80 already, no longer $port."
    say "The page does not come to friend any more: accept connections to TCP port 80 of $subnet.2."
fi
grep -E -- '-j ACCEPT' <<<"$forward" | grep -vE -- "ESTABLISHED|-i br0 |--dport 80 |ctorigdstport|ctstate DNAT" | grep -q . &&
    say "A rule accepts more than asked for: $(grep -E -- '-j ACCEPT' <<<"$forward" | grep -vE -- "ESTABLISHED|-i br0 |--dport 80 |ctorigdstport|ctstate DNAT" | head -1)"
exit 0
