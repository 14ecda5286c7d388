cgset -r devices.deny=a "$name"
cgset -r devices.allow='c 1:3 rwm' "$name"
