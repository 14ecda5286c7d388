# expect: MiB are
echo "${mib}000000" > "$group/$limit_file"
