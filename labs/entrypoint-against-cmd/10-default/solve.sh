printf 'FROM busybox\nCMD ["echo", "%s"]\n' "$word" | docker build -q -t default:1 -
