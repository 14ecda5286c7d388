# expect: has not had to start
docker restart -t 0 "$name-web"
