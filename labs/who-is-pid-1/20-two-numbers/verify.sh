first=$(firsts '/opt/crew' | head -1)
[ -n "$first" ] || say "The crew is gone. This step needs it: reset the step."
alive=$(mates "$first" | sed 's,.*,/proc/&/status,' | xargs grep -hsE '^(State|NSpid):' | awk '/^State:/ { state = $2 } /^NSpid:/ && state != "Z" && $NF >= 2 && $NF <= 7 { print $NF }' | sort -n | tr '\n' ' ')
want=$(for n in 2 3 4 5 6 7; do [ $n = "$victim" ] || printf '%s ' $n; done)
case " $alive" in *" $victim "*) say "The worker that is number $victim inside is still alive (inside there are: 1 ${alive% })." ;; esac
[ "$alive" = "$want" ] || say "Number $victim is gone, but others with it: of 2 to 7 only ${alive:-none }is left. Reset the step, and look at NSpid."
