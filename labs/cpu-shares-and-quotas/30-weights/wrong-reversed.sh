# expect: big has to have
mkdir -p "$tree/big" "$tree/small"
echo $((unit * ratio)) > "$tree/small/$weight_file"
