# expect: is not the file
echo ok > /etc/mystery/mystery.conf
