# expect: listens on port
busybox httpd -p "$port" -h /srv/www
