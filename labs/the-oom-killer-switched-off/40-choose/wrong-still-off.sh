# expect: still
join_and "echo 1000 > /proc/\$\$/oom_score_adj; exec /opt/hog 24"
sleep 0.3
