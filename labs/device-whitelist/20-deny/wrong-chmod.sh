# expect: still has
chmod 000 "$device" 2> /dev/null || true
