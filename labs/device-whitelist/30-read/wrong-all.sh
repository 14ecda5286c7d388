# expect: only r was to be allowed
cgset -r devices.allow="c 1:$minor rwm" "$name"
