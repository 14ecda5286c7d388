pid=$(ss -Hltnp "sport = :$port" | sed -nE 's/.*pid=([0-9]+).*/\1/p' | head -1)
[ -n "$pid" ] || say "Nobody listens on port $port yet."
[ "$(field "$pid" Uid)" = 1000 ] || say "The server on port $port (process $pid) runs as user $(field "$pid" Uid); it has to be learner (1000)."
eff=$(field "$pid" CapEff)
[ "$eff" = 0000000000000400 ] || { [ $((0x$eff)) = 0 ] && say "The server has no capability at all: the low port must be open to everybody (net.ipv4.ip_unprivileged_port_start). Set it back to 1024, and give it the capability."; say "The server has more than CAP_NET_BIND_SERVICE: $(names "$eff")."; }
