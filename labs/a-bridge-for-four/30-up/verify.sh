for n in $names; do
    want=$subnet.$(number "$n")
    have=$(ip -n "$n" -o -4 addr show dev eth0 2>/dev/null | awk '{ print $4 }' | tr '\n' ' ')
    case " $have" in
    *" $want/24 "*) ;;
    *" $want/"*) say "eth0 in $n has the address $want with the wrong prefix (${have% }); it must be $want/24." ;;
    *) say "eth0 in $n does not have the address $want/24 yet." ;;
    esac
    is_up eth0 "$n" || say "eth0 in $n is still down."
    is_up "port-$n" || say "eth0 in $n is up, but its other end port-$n is down: no carrier."
    [ "$(cat "/sys/class/net/port-$n/brport/state" 2>/dev/null)" = 3 ] || say "The bridge does not forward on port-$n: is the bridge $bridge itself up?"
done
