# expect: is still alive
kill -0 "$victim" 2>/dev/null
true
