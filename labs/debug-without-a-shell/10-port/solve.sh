nsenter -t "$pid" -n ss -ltnH | awk '{ sub(/.*:/, "", $4); print $4 }' | head -1 > /root/port
