# expect: is gone from the list too
cgset -r devices.deny=a "$name"
