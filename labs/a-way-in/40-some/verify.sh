honest
ip -n stranger -o link show dev eth0 | grep -q 'state UP' || say "The stranger's own link is down. Leave it up, and keep it out by a rule."
# How long to wait for an answer that should not come: longer than friend's takes, which is more on a busy machine.
now() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
begun=$(now) friend=reached
reaches friend 2 || friend=
took=$(($(now) - begun))
[ $friend ] || took=100
if reaches stranger "$(((200 + 5 * took) / 1000)).$(printf %03d $(((200 + 5 * took) % 1000)))"; then
    iptables -S INPUT | grep -q -- "$stranger" && say "stranger still gets the page: packets that are passed on do not meet INPUT."
    iptables -S FORWARD | grep -q -- "-s $stranger.*-j \(DROP\|REJECT\)" && say "There is a rule against stranger, but it stands behind the one that accepts. The first rule that fits decides: insert it above, with -I."
    say "stranger still gets the page."
fi
[ $friend ] || say "stranger is kept out, but friend as well."
