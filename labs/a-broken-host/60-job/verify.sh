engine
memory=$(ask '{{.HostConfig.Memory}}' job)
[ -n "$memory" ] || { echo "There is no container named job."; exit 1; }
[ "$memory" != 0 ] || { echo "job has no limit at all."; exit 1; }
[ "$memory" -ge 20000000 ] || { echo "job is killed for want of memory: it may use $((memory / 1048576)) MiB and needs about 20 MB."; exit 1; }
running job
[ "$(docker exec job cat /state 2>/dev/null)" = "$word" ] || { echo "job runs, but has not got ready yet."; exit 1; }
