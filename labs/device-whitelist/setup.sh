mkdir -p /run/lab
