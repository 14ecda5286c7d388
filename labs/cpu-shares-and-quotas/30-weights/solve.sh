mkdir -p "$tree/big" "$tree/small"
echo $unit > "$tree/small/$weight_file"
echo $((unit * ratio)) > "$tree/big/$weight_file"
