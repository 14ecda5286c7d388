value=$(cat "$group/$limit_file")
if [ "$value" = max ] || [ "$value" -gt 1000000000000 ] 2>/dev/null; then
    echo "The group has no limit yet: $limit_file reads $value."
    exit 1
fi
if [ "$value" != $((mib << 20)) ]; then
    echo "$limit_file reads $value bytes; $mib MiB are $((mib << 20))."
    exit 1
fi
