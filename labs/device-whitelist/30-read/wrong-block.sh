# expect: has no rule for c
cgset -r devices.allow="b 1:$minor r" "$name" 2> /dev/null || true
