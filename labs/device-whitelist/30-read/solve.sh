cgset -r devices.allow="c 1:$minor r" "$name"
