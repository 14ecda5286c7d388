# expect: it was not the one
kill "$(worker $((big % 3 + 1)))"
for _ in $(seq 40); do [ -z "$(worker $((big % 3 + 1)))" ] && break; sleep 0.05; done
