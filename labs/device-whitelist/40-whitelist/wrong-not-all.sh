# expect: but so is more
cgset -r devices.deny="c 1:$minor rwm" "$name"
