# expect: MiB are
echo 10 > "$group/$limit_file" 2>/dev/null || echo 8192 > "$group/$limit_file"
