for n in $names; do
    ip -n "$n" addr replace "$subnet.$(number "$n")/24" dev eth0
    ip -n "$n" link set eth0 up
    ip link set "port-$n" up
done
for _ in 1 2 3 4 5 6 7 8 9 10; do grep -qv 3 /sys/class/net/port-*/brport/state || break; sleep 0.05; done
