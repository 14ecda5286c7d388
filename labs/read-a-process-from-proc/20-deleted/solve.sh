cat "/proc/$(mystery)/fd/7" > /root/recovered
