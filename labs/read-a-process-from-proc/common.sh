# Put before every script of this lab.
say() { echo "$1"; exit 1; }
mystery() { pgrep -f "^/bin/bash /opt/mystery" | head -1; }
worker() { pgrep -f "^/bin/bash /opt/worker-$1" | head -1; }
answer() { tr -d '[:space:]' < "/root/$1" 2> /dev/null; }
