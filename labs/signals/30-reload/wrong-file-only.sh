# expect: in its mind
echo "greeting=$word" > "/etc/$service.conf"
