docker run -d --name registry -p "$port:5000" -v images:/var/lib/registry registry:2
for try in $(seq 100); do curl -fs "http://127.0.0.1:$port/v2/" >/dev/null && break; sleep 0.05; done
