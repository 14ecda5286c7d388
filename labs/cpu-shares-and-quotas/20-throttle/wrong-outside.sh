# expect: is empty
/opt/burn > /dev/null 2>&1 < /dev/null &
sleep 0.5
kill $!
