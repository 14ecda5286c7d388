# expect: only its value
tr '\0' '\n' < "/proc/$(mystery)/environ" | grep TOKEN > /root/token
