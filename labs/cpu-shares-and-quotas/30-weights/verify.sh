for g in big small; do
    [ -d "$tree/$g" ] || say "There is no group $tree/$g yet."
    read -r q p <<< "$(quota $g)"
    [ "$q" -le 0 ] || say "The group $g has a quota ($q); it is to have a weight only."
done
b=$(cat "$tree/big/$weight_file") s=$(cat "$tree/small/$weight_file")
[ "$b" = $((s * ratio)) ] || say "$weight_file of big is $b, of small $s; big has to have $ratio times as much."
