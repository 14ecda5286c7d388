running worker
[ "$(ask '{{.HostConfig.ReadonlyRootfs}}' worker)" = true ] || { echo "The root of worker can be written."; exit 1; }
line=$(grep " $dir " "/proc/$(ask '{{.State.Pid}}' worker)/mounts")
[ -n "$line" ] || { echo "Nothing is mounted at $dir in worker."; exit 1; }
[ "$(cut -d' ' -f3 <<<"$line")" = tmpfs ] || { echo "What is mounted at $dir is no tmpfs."; exit 1; }
grep -q "[, ]size=$((size * 1024))k" <<<"$line" || { echo "The tmpfs at $dir does not have the size of $size MiB: $(cut -d' ' -f4 <<<"$line")."; exit 1; }
