printf 'FROM busybox\nENTRYPOINT ["echo", "%s"]\nCMD ["nothing"]\n' "$word" | docker build -q -t program:1 -
