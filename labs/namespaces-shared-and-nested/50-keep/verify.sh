[ -e /run/lab/uts ] || say "There is no file /run/lab/uts yet."
[ "$(stat -fc %T /run/lab/uts)" = nsfs ] || say "/run/lab/uts is an ordinary file; no namespace is bound to it."
[ "$(hostname)" != "$host-kept" ] || say "The machine itself is called $host-kept now: the name has to be set in the new namespace."
name=$(nsenter --uts=/run/lab/uts hostname 2> /dev/null) || say "What is bound to /run/lab/uts is no UTS namespace."
[ "$name" = "$host-kept" ] || say "The host name in the kept namespace is $name, not $host-kept."
for p in /proc/[0-9]*; do [ "$p/ns/uts" -ef /run/lab/uts ] && say "A process (${p#/proc/}) is still in the kept namespace. End it: the file is enough."; done
exit 0
