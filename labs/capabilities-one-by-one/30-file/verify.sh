file=/usr/local/bin/ping-$port
[ -x "$file" ] || say "There is no program $file yet."
[ ! -u "$file" ] || say "$file has the setuid bit: it would run with all of root's powers."
have=$(getcap "$file" | sed 's/^[^ ]* //;s/^= //')
[ -n "$have" ] || say "$file has no capabilities."
[ "$have" = "cap_net_raw=ep" ] || say "$file has '$have'; it has to be cap_net_raw=ep, and nothing else."
