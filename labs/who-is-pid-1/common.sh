# Put before every script of this lab.
say() { echo "$1"; exit 1; }
command_of() { tr '\0' ' ' < "/proc/$1/cmdline" 2>/dev/null | sed 's/ $//'; }
# Processes that are number 1 of a PID namespace below the machine's, one a line; with a pattern, those whose command line has it.
firsts() {
    local pid
    for pid in $(grep -hs ^NSpid: /proc/[0-9]*/status | awk 'NF > 2 && $NF == 1 { print $2 }'); do
        [[ "$(command_of "$pid")" =~ ${1:-.} ]] && echo "$pid"
    done
}
# Processes in the same PID namespace as PID.
mates() { pgrep --ns "$1" --nslist pid .; }
number_inside() { awk '/^NSpid:/ { print $NF }' "/proc/$1/status" 2>/dev/null; }
