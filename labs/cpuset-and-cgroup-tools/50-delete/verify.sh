[ ! -d "$cpusets/$name" ] || say "The group $name is still there."
[ -n "$(running)" ] && pgrep -x runner > /dev/null || say "The group is gone, and so is a program that was in it. They were to go on; reset the step."
