# expect: others with it
first=$(firsts '/opt/crew' | head -1)
for p in $(mates "$first"); do [ "$p" = "$first" ] || kill "$p"; done
sleep 0.3
