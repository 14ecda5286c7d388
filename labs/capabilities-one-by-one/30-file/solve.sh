cp /usr/bin/ping "/usr/local/bin/ping-$port"
setcap cap_net_raw+ep "/usr/local/bin/ping-$port"
