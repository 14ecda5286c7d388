# expect: There is no group
ulimit -u "$limit"
