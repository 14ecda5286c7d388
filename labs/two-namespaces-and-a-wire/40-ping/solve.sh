nsenter --net=/run/netns/red ping -q -c 3 -i 0.2 $subnet.2
