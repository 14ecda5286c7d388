# expect: There is no /note in
docker run -d --name "$name" busybox sleep 10000
echo "$word" > /note
