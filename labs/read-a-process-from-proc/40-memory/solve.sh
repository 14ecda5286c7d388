kill "$(worker "$big")"
for _ in $(seq 40); do [ -z "$(worker "$big")" ] && break; sleep 0.05; done
