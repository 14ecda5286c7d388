# expect: it has to be
echo 20M > "$group/$soft"
