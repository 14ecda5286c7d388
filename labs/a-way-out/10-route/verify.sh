route=$(ip -n red route get "$server" 2>&1)
case $route in
*"via $subnet.254 "*) ;;
*unreachable*) say "red still has no route to $server." ;;
*via*) say "red sends packets for $server to another next hop than $subnet.254: $(sed -nE 's/.*(via [^ ]+).*/\1/p' <<<"$route")." ;;
*) say "red takes $server for a neighbour on its own wire. The default route needs a next hop: \`via\` the bridge's address." ;;
esac
