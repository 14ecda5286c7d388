nsenter --net=/run/netns/red ping -q -c 3 -i 0.2 192.168.15.2
