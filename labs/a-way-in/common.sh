# Put before every script of this lab.
say() { echo "$1"; exit 1; }
inside() { nsenter --net="/run/netns/$1" "${@:2}"; }
# A connection is enough to know. One that comes takes a thousandth of a second, but for a busy machine.
connects() { timeout 3 bash -c ": < /dev/tcp/$1/$2" 2>/dev/null; }
reaches() { inside "$1" timeout "${2:-3}" bash -c ": < /dev/tcp/$wan/$port" 2>/dev/null; }
dnat() { iptables -t nat -S "$1" 2>/dev/null | grep -e '-j DNAT'; }
honest() {
    for n in friend stranger; do
        [ -z "$(ip -n "$n" route show "$subnet.0/24")" ] && [ -z "$(ip -n "$n" route show default)" ] ||
            say "$n has a route into your private network now; take it out. Neighbours know only $wan."
    done
    ! ss -Hltn "sport = :$port" | grep -q . || say "A program of the machine itself listens on port $port. Let the kernel do it, by a rule."
}
