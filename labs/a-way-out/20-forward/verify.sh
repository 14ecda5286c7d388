if [ "$(cat /proc/sys/net/ipv4/ip_forward)" != 1 ]; then
    [ "$(inside red cat /proc/sys/net/ipv4/ip_forward)" = 1 ] && say "red would forward now, but the packets of red have to be passed on by the machine. Turn it on there."
    say "ip_forward of the machine is still 0: packets of red end at the bridge."
fi
[ "$(cat /proc/sys/net/ipv4/conf/br0/forwarding)" = 1 ] || say "Forwarding is off for br0: net.ipv4.conf.br0.forwarding is 0."
