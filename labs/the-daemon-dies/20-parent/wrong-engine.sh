# expect: is the engine
docker version >/dev/null
engine > /root/parent
