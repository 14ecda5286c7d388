if [ "$(cat "$group/$limit_file")" != $((mib << 20)) ]; then
    echo "The limit is not $mib MiB any more; set it again first."
    exit 1
fi
if [ "$(oom_kills)" -lt 1 ]; then
    echo "No process of this group was killed by the OOM killer so far."
    exit 1
fi
