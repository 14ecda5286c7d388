# expect: append with >>
docker exec "$name" sh -c "echo $word:x:1234:1234::/:/bin/sh > /etc/passwd"
