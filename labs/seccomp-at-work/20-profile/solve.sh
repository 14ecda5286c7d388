printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":%s}]}\n' "$errno" > "/root/$name.json"
docker rm -f "$name" > /dev/null 2>&1
docker run -d --name "$name" --security-opt seccomp="/root/$name.json" busybox sleep 100000
