type=$(awk '$5 == "/work/box" { for (i = 7; i < NF; i++) if ($i == "-") print $(i + 1), $(i + 3) }' /proc/self/mountinfo | tail -1)
[ -n "$type" ] || say "Nothing is mounted at /work/box yet."
[ "${type%% *}" = overlay ] || say "What is mounted at /work/box is no overlay: what the container writes would go into the image."
case $type in *lowerdir=/work/image,* | *lowerdir=/work/image) ;; *) say "The lower layer at /work/box is not /work/image." ;; esac
case $type in *upperdir=/work/upper*) ;; *) say "The writable layer at /work/box is not /work/upper." ;; esac
