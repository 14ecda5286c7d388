first=$(firsts '/opt/crew' | head -1)
for p in $(mates "$first"); do [ "$(number_inside "$p")" = "$victim" ] && kill "$p"; done
sleep 0.3
