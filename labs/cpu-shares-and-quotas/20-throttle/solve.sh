join_and "$slow" /opt/burn
for _ in $(seq 200); do [ "$(stat_of "$slow" nr_throttled)" -ge 4 ] && break; sleep 0.05; done
kill $!
