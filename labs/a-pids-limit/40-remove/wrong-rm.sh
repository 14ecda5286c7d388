# expect: end them first
rm -r "$group" 2> /dev/null || true
