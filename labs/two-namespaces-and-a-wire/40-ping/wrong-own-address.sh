# expect: has not reached
ip -n red link set lo up
nsenter --net=/run/netns/red ping -q -c 2 -i 0.2 $subnet.1
