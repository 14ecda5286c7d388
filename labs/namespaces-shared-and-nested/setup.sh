mkdir -p /opt /run/lab
for n in anna bert cleo; do cp /usr/bin/sleep /opt/$n; done
begin() { "$@" > /dev/null 2>&1 < /dev/null & }
# Two share a UTS and a network namespace; the third has its own.
pair=$(for n in anna bert cleo; do [ $n = "$odd" ] || echo $n; done)
set -- $pair
begin unshare --uts --net sh -c "hostname pair && exec /opt/$1 infinity"
for _ in $(seq 60); do p=$(pgrep -x "$1") && break; sleep 0.05; done
begin nsenter --target "$p" --uts --net "/opt/$2" infinity
begin unshare --uts --net sh -c "hostname single && exec /opt/$odd infinity"
for _ in $(seq 60); do [ "$(pgrep -cx 'anna|bert|cleo')" = 3 ] && break; sleep 0.05; done
