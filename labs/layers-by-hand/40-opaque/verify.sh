mounted merged upper
untouched_base
[ "$(stat -c %F upper/settings 2> /dev/null)" != "character special file" ] || say "settings is gone altogether: a whiteout stands in its place. Make the directory again."
[ "$(cd merged/settings 2> /dev/null && echo *.conf)" != "1.conf 2.conf 3.conf" ] || say "/work/merged/settings still shows the old files."
[ -e merged/settings/mine.conf ] || say "/work/merged/settings has no file mine.conf yet."
ls merged/settings | grep -q '^[123].conf' && say "/work/merged/settings still shows an old file: $(ls merged/settings | tr '\n' ' ')"
grep -q '="y"' <<< "$(getfattr -d -m 'overlay.opaque' upper/settings 2> /dev/null)" || say "The old files are hidden one by one, by whiteouts. Remove the directory itself and make it again."
