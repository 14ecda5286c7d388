# expect: something else
readlink "/proc/$(mystery)/fd/7" > /root/recovered
