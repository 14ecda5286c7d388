printf 'FROM busybox\nENV WORD=%s\nRUN echo %s > /word\nCMD ["sh", "-c", "echo $WORD"]\n' "$word" "$word" | docker build -q -t "$name:1" - >/dev/null
docker image inspect -f '{{.Id}}' "$name:1" > /run/first-id
