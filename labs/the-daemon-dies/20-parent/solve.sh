awk '/^PPid/ { print $2 }' "/proc/$(ask '{{.State.Pid}}' "$name")/status" > /root/parent
