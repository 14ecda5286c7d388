first=$(firsts '/opt/crew' | head -1)
[ -z "$first" ] && exit 0
workers=$(($(mates "$first" | wc -l) - 1))
[ "$workers" -gt 3 ] || say "The workers are gone one by one, and process 1 of the crew still lives (number $first out here). It is the one that counts."
say "The crew still lives: process 1 (number $first out here) and $workers more."
