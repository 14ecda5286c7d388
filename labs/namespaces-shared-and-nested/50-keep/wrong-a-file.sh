# expect: an ordinary file
unshare --uts hostname "$host-kept" > /run/lab/uts
