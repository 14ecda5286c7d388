for p in $(pgrep -x guest); do grep -q libextra "/proc/$p/maps" && kill "$p"; done
for _ in $(seq 40); do [ "$(pgrep -cx guest)" = 2 ] && break; sleep 0.05; done
