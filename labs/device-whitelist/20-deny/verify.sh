there
have=$(rules)
case $have in
'') ;;
rwm) say "devices.list of $name still has c 1:$minor rwm." ;;
*) say "devices.list of $name still has c 1:$minor $have; all of rwm was to be denied." ;;
esac
grep -q '^c 1:3 rwm' "$group/devices.list" || say "/dev/null (c 1:3) is gone from the list too. Allow it again: only c 1:$minor was to go."
! may '<' || say "The list lacks c 1:$minor, and a process in the group can open $device all the same."
