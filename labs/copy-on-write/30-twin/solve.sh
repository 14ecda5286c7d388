docker run -d --name "$name-twin" busybox sleep 10000
docker commit "$name" "twin:$word"
