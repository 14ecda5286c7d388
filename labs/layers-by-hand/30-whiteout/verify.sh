mounted merged upper
untouched_base
[ ! -e "merged/trees/$gone" ] || say "/work/merged/trees/$gone is still there."
[ "$(stat -c %F upper/trees 2> /dev/null)" != "character special file" ] || say "The whole directory trees is hidden; only $gone in it was to go. Reset the step."
mark=$(stat -c '%F %t:%T' "upper/trees/$gone" 2> /dev/null)
[ "$mark" = "character special file 0:0" ] || say "/work/upper/trees/$gone is no whiteout (a character device 0:0), but: ${mark:-not there}."
