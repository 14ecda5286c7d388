# expect: no carrier
for n in $names; do
    ip -n "$n" addr add "$subnet.$(number "$n")/24" dev eth0
    ip -n "$n" link set eth0 up
done
