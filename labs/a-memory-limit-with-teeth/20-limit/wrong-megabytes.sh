# expect: 10 MiB are 10485760
echo 10000000 > "$group/$limit_file"
