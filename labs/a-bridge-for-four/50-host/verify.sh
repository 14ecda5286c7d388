have=$(ip -o -4 addr show dev "$bridge" | awk '{ print $4 }' | tr '\n' ' ')
case " $have" in
*" $subnet.254/24 "*) ;;
*" $subnet.254/"*) say "$bridge has the address with the wrong prefix (${have% }); it must be $subnet.254/24." ;;
*) say "The bridge $bridge does not have the address $subnet.254/24 yet." ;;
esac
case $(ip neigh show "$subnet.4" dev "$bridge") in
*"$(mac west)"*) ;;
*) say "The machine has not reached $subnet.4 yet: ping it from the machine, not from a namespace." ;;
esac
