# expect: it has to be cap_net_raw=ep
cp /usr/bin/ping "/usr/local/bin/ping-$port"
setcap cap_net_raw+p "/usr/local/bin/ping-$port"
