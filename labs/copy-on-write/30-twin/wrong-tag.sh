# expect: no layer more than busybox
docker run -d --name "$name-twin" busybox sleep 10000
docker tag busybox "twin:$word"
