[ -f /root/src/Dockerfile ] || { echo "There is no /root/src/Dockerfile."; exit 1; }
grep -qi '^FROM busybox AS build$' /root/src/Dockerfile || { echo "No stage of the Dockerfile is called build."; exit 1; }
image ship:1
[ "$(in_image ship:1 /message)" = "$WORD" ] || { echo "/message in ship:1 does not say $WORD."; exit 1; }
has ship:1 "/$tool" && { echo "The compiler /$tool is in ship:1."; exit 1; }
has ship:1 /src/message && { echo "The source is in ship:1."; exit 1; }
exit 0
