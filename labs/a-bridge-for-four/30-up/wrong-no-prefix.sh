# expect: wrong prefix
for n in $names; do
    ip -n "$n" addr add "$subnet.$(number "$n")" dev eth0
    ip -n "$n" link set eth0 up
    ip link set "port-$n" up
done
