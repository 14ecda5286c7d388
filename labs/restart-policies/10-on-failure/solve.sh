docker run -d --name "$name" --restart "on-failure:$tries" busybox sh -c "exit $code"
while [ "$(docker inspect -f '{{.State.Status}}' "$name")" != exited ]; do sleep 0.1; done
