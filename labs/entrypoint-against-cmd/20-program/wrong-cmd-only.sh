# expect: With the words aa bb
printf 'FROM busybox\nCMD ["echo", "%s", "nothing"]\n' "$word" | docker build -q -t program:1 -
