cgclassify -g "cpuset:/$name" "$(pgrep -x runner)"
