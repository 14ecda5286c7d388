[ -e "/sys/class/net/$bridge" ] || say "There is no link named $bridge in the machine yet."
[ -d "/sys/class/net/$bridge/bridge" ] || say "$bridge is a link, but no bridge. Delete it and make it again with \`type bridge\`."
is_up "$bridge" || say "The bridge $bridge is still down: \`ip link set ... up\`."
