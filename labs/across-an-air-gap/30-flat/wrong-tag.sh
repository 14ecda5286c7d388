# expect: wanted is one
docker tag "$name:1" flat:1
