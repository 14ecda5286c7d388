# expect: another one with it
kill $(worker 1) $(worker 2) $(worker 3)
for _ in $(seq 40); do [ -z "$(worker 1)$(worker 2)$(worker 3)" ] && break; sleep 0.05; done
