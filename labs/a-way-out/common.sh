# Put before every script of this lab.
say() { echo "$1"; exit 1; }
inside() { nsenter --net="/run/netns/$1" "${@:2}"; }
# The machine's own rules of the table nat, chain POSTROUTING, that translate source addresses.
rules() { iptables -t nat -S POSTROUTING 2>/dev/null | grep -E -- '-j (MASQUERADE|SNAT)'; }
untouched_internet() {
    [ -z "$(ip -n internet route show "$subnet.0/24")" ] && [ -z "$(ip -n internet route show default)" ] ||
        say "The internet has a route to your private network now. Take it out again (\`ip -n internet route del ...\`): nobody out there would add it for you."
}
