echo ok > "/etc/mystery/$key.conf"
for _ in $(seq 60); do [ -e /run/lab/mystery.found ] && break; sleep 0.05; done
