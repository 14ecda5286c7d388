# expect: It is the one that counts
first=$(firsts '/opt/crew')
for p in $(mates "$first"); do [ "$p" = "$first" ] || kill -KILL "$p"; done
sleep 0.3
