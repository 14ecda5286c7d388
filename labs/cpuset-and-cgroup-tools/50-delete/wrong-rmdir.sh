# expect: is still there
rmdir "$cpusets/$name" 2> /dev/null || true
