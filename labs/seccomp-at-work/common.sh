# Put before every script of this lab.
say() { echo "$1"; exit 1; }
filters() { awk '/^Seccomp_filters:/ { print $2 }' "/proc/$1/status" 2> /dev/null; }
own=$(filters self)
# The process of a container out here; 0 when it does not run, empty when there is none.
pid_of() { docker inspect -f '{{.State.Pid}}' "$1" 2> /dev/null; }
need() {
    pid=$(pid_of "$1")
    [ -n "$pid" ] || say "There is no container named $1."
    [ "$pid" -gt 0 ] || say "The container $1 does not run: ${2:-see docker logs $1}."
}
