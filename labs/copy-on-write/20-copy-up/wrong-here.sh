# expect: nothing was changed there yet
echo "$word:x:1234:1234::/:/bin/sh" >> /etc/passwd
