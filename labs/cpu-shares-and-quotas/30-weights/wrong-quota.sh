# expect: has a quota
mkdir -p "$tree/big" "$tree/small"
echo $((unit * ratio)) > "$tree/big/$weight_file"
set_quota small 20000
