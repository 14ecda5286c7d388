# Done when both ends have their address with its prefix, and are up with carrier.
check() {
    local end=$1 want=$2 have
    have=$(ip -n "$end" -o -4 addr show dev "veth-$end" 2>/dev/null | awk '{print $4}' | tr '\n' ' ')
    case " $have" in
    *" $want/24 "*) ;;
    *" $want/"*)
        echo "veth-$end has the address $want, but with the prefix of ${have% }; it must be $want/24. Delete the address and add it again."
        exit 1 ;;
    *)
        echo "veth-$end in $end does not have the address $want/24${have:+ (it has ${have% })}."
        exit 1 ;;
    esac
}
check red $subnet.1
check blue $subnet.2
for end in red blue; do
    if ! ip -n $end -o link show dev veth-$end | grep -q '[<,]UP[,>]'; then
        echo "veth-$end is still down."
        exit 1
    fi
done
