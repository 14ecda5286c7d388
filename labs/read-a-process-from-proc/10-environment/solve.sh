tr '\0' '\n' < "/proc/$(mystery)/environ" | sed -n 's/^TOKEN=//p' > /root/token
