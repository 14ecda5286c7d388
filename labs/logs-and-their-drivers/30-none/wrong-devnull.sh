# expect: mute uses the driver json-file
docker run -d --name mute busybox sh -c "while :; do echo $word; sleep 1; done >/dev/null"
docker run -d --name tight --log-driver local busybox sh -c "while :; do echo $word; sleep 1; done"
