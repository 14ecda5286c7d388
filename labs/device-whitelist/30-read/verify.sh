there
have=$(rules)
[ -n "$have" ] || say "devices.list of $name has no rule for c 1:$minor."
[ "$have" = r ] || say "devices.list of $name has c 1:$minor $have; only r was to be allowed."
may '<' || say "A process in the group cannot open $device for reading."
! may '>' || say "A process in the group can open $device for writing."
