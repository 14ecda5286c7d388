# expect: should replace the command
printf 'FROM busybox\nENTRYPOINT ["echo", "%s"]\n' "$word" | docker build -q -t default:1 -
