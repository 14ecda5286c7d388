# expect: Turn it on there
nsenter --net=/run/netns/red sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
