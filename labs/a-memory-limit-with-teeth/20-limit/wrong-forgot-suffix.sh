# expect: 10 MiB are 10485760
echo 10 > "$group/$limit_file" 2>/dev/null || echo 8192 > "$group/$limit_file"
