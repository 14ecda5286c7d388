mkdir -p /run/lab /opt
