# expect: all of rwm was to be denied
cgset -r devices.deny="c 1:$minor w" "$name"
