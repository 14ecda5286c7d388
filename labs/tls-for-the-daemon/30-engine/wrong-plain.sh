# expect: speaks plain HTTP
setsid slipwayd --data-root /root/engine --exec-root /run/engine2 --bridge tls0 --bip 172.30.0.1/24 -H "tcp://127.0.0.1:$port" >/root/engine.log 2>&1 </dev/null &
for i in $(seq 100); do curl -s -m 1 "http://127.0.0.1:$port/_ping" | grep -q OK && break; sleep 0.03; done
