kill -KILL $(firsts '/opt/crew')
for _ in $(seq 40); do [ -z "$(firsts '/opt/crew')" ] && break; sleep 0.05; done
