# expect: not it alone
kill $(pgrep -x guest)
for _ in $(seq 40); do [ "$(pgrep -cx guest)" = 0 ] && break; sleep 0.05; done
