touch /run/lab/uts
[ "$(stat -fc %T /run/lab/uts)" = nsfs ] || unshare --uts=/run/lab/uts hostname "$host-kept"
