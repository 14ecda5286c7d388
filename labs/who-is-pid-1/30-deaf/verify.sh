status() { cat "/run/lab/$1" 2>/dev/null; }
if [ "$(status polite)" != 0 ]; then
    case $(status polite) in
    1 | 137) say "/opt/polite was killed, though it listens to TERM. It has come back; try the gentler signal." ;;
    '') say "/opt/polite is still running. It has a handler for TERM." ;;
    *) say "/opt/polite was ended in another way (status $(status polite)): was it its parent, unshare, that got the signal?" ;;
    esac
fi
[ -z "$(firsts '/opt/deaf')" ] || say "/opt/deaf is still running. As process 1 without a handler it does not get TERM."
