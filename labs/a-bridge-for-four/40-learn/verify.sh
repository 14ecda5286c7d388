table=$(bridge fdb show br "$bridge" 2>/dev/null)
for n in east south west; do
    address=$subnet.$(number "$n")
    case $(ip -n north neigh show "$address" dev eth0 2>/dev/null) in
    *"$(mac "$n")"*) ;;
    *) say "north does not know the hardware address of $address ($n) yet: ping it from north." ;;
    esac
done
for n in $names; do
    grep -q "^$(mac "$n") dev port-$n " <<<"$table" || say "The bridge has not learned yet that $n is behind port-$n (it forgets after 300 s without a frame): ping again."
done
