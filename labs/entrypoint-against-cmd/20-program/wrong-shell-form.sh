# expect: With the words aa bb
printf 'FROM busybox\nENTRYPOINT echo %s nothing\n' "$word" | docker build -q -t program:1 -
