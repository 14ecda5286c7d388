cgset -r devices.deny="c 1:$minor rwm" "$name"
