# expect: is left alone
docker kill "$name-web"
