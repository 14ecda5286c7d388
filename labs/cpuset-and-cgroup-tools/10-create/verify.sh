[ -d "$cpusets/$name" ] || say "There is no group $name in the controller cpuset yet ($cpusets/$name)."
[ -e "$cpusets/$name/cpuset.cpus" ] || say "$cpusets/$name has no cpuset.cpus: the controller is not on for it."
have=$(cat "$cpusets/$name/cpuset.cpus")
[ -n "$have" ] || say "cpuset.cpus of $name is empty."
[ "$have" = "$last" ] || say "cpuset.cpus of $name is $have; the last processor of this machine is $last."
[ -n "$(cat "$cpusets/$name/cpuset.mems")" ] || say "cpuset.mems of $name is empty: nothing could join."
