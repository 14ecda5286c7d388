[ -n "$(pid_of app)" ] || say "There is no container app yet: run /root/start-app, and see what it says (docker logs app)."
need app "$(docker logs app 2>&1 | tail -1)"
[ "$(filters "$pid")" -gt "$own" ] || say "app runs, but without any filter. It is to run behind /root/tight.json."
said=$(docker exec app sh -c 'mkdir /tmp/probe 2> /dev/null && rmdir /tmp/probe && echo mkdir; unshare -U true 2> /dev/null && echo unshare' 2>&1)
[ -z "$said" ] || say "app runs, but now it may also call $(xargs <<< "$said"), which it does not need."
[ "$(docker exec app cat /four 2> /dev/null)" = data ] || say "A container app runs, but it is not the application: start it by /root/start-app."
