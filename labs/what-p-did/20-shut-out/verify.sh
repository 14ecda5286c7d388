rules=$(iptables -S DOCKER-USER)
rule=$(grep -n -- "-s $enemy/32" <<<"$rules" | grep -- "-j DROP" | head -1)
if [ -z "$rule" ]; then
    if iptables -S INPUT | grep -q -- "-s $enemy/32"; then
        echo "The rule is in INPUT, and packets to published ports do not pass INPUT: they are forwarded."
    elif iptables -S DOCKER | grep -q -- "-s $enemy/32"; then
        echo "The rule is in DOCKER, which the engine owns; put it where the engine leaves it alone."
    elif grep -q -- "-s $enemy/32" <<<"$rules"; then
        echo "DOCKER-USER has a rule for $enemy, but its target is not DROP."
    else
        echo "DOCKER-USER has no rule that drops packets from $enemy."
    fi
    exit 1
fi
case $rule in *--dport*) echo "The rule is for one port; $enemy must not reach any."; exit 1 ;; esac
back=$(grep -n -- "-A DOCKER-USER -j RETURN" <<<"$rules" | head -1 | cut -d: -f1)
[ -z "$back" ] || [ "${rule%%:*}" -lt "$back" ] || { echo "The rule stands behind the RETURN and is never asked; insert it (-I) instead."; exit 1; }
