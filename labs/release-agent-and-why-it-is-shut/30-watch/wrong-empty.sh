# expect: is empty
mkdir -p "$two"
