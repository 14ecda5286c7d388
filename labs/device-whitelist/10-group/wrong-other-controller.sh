# expect: There is no group
cgcreate -g "pids:/$name"
