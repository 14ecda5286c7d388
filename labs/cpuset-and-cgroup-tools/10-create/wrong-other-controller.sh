# expect: in the controller cpuset
mkdir -p "$pids/other-$name"
