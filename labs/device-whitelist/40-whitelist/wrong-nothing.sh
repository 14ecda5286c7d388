# expect: nothing at all
cgset -r devices.deny=a "$name"
