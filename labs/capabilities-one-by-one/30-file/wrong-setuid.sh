# expect: has the setuid bit
cp /usr/bin/ping "/usr/local/bin/ping-$port"
chmod u+s "/usr/local/bin/ping-$port"
