# expect: not with
docker run -d --name "$name" --restart "on-failure:$tries" busybox true
