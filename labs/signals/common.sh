# Put before every script of this lab.
say() { echo "$1"; exit 1; }
state() { awk '/^State:/ { print $2 }' "/proc/$1/status" 2>/dev/null; }
# Whether the mask FIELD (SigIgn, SigCgt) of process PID has signal NUMBER.
has() { local mask; mask=$(awk -v f="$2:" '$1 == f { print $2 }' "/proc/$1/status" 2>/dev/null); ((0x${mask:-0} >> ($3 - 1) & 1)); }
of_script() { pgrep -f "^/bin/bash /opt/$1\$" | head -1; }
