# expect: with another error
printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}\n' > "/root/$name.json"
docker run -d --name "$name" --security-opt seccomp="/root/$name.json" busybox sleep 100000
