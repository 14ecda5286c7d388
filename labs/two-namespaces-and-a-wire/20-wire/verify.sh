# Done when veth-red in red and veth-blue in blue are the two ends of one pair.
index() { ip -n "$1" -o link show dev "$2" 2>/dev/null | cut -d: -f1; }
peer() { ip -n "$1" -o link show dev "$2" 2>/dev/null | sed -nE 's/^[0-9]+: [^@:]+@if([0-9]+):.*/\1/p'; }
for end in red blue; do
    if ! ip -n $end link show dev veth-$end >/dev/null 2>&1; then
        if ip link show dev veth-$end >/dev/null 2>&1; then
            echo "veth-$end is there, but still outside: move it into the namespace $end."
        else
            echo "The namespace $end has no device named veth-$end."
        fi
        exit 1
    fi
    if ! ip -n $end -d link show dev veth-$end | grep -qw veth; then
        echo "veth-$end in $end is not one end of a veth pair; delete it and make it with \`type veth\`."
        exit 1
    fi
done
if [ "$(peer red veth-red)" != "$(index blue veth-blue)" ] || [ "$(peer blue veth-blue)" != "$(index red veth-red)" ]; then
    echo "veth-red and veth-blue belong to two different pairs: what goes in at one does not come out at the other."
    exit 1
fi
