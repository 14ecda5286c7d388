# expect: ping it from north
for i in 1 3 4; do inside east ping -q -c 1 -W 2 "$subnet.$i"; done
