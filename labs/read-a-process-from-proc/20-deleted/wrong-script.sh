# expect: something else
cat "/proc/$(mystery)/fd/255" > /root/recovered
