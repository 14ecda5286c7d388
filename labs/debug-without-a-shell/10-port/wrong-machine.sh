# expect: does not listen on port
echo 80 > /root/port
