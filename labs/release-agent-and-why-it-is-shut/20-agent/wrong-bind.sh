# expect: Nothing is mounted
mkdir -p /run/lab/tree
