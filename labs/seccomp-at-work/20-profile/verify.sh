need "$name"
[ "$(filters "$pid")" -gt "$own" ] || say "The container $name runs without a filter of its own."
case $errno in 28) words="No space left" ;; 30) words="Read-only file system" ;; 122) words="uota exceeded" ;; esac
said=$(docker exec "$name" sh -c 'mkdir /tmp/probe && rmdir /tmp/probe; touch /tmp/file || echo NOTOUCH' 2>&1)
case $said in
'') say "mkdir works in $name: its profile does not refuse it." ;;
*NOTOUCH*) say "In $name even \`touch\` fails; only mkdir and mkdirat were to be refused." ;;
*"$words"*) ;;
*) say "mkdir fails in $name, but with another error than number $errno: ${said##*: }. Set errnoRet." ;;
esac
