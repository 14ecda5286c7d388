switch_on
join_and "echo 1000 > /proc/\$\$/oom_score_adj; exec /opt/hog 24"
for _ in $(seq 100); do [ "$(kills)" -gt 0 ] && break; sleep 0.05; done
