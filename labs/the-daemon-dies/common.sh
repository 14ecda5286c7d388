ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
engine() { pidof slipwayd | tr ' ' '\n' | head -1; }
# Seconds since boot at which a process began.
born() { awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null; }
