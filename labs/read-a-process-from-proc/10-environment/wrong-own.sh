# expect: is not what
echo "${HOME}" > /root/token
