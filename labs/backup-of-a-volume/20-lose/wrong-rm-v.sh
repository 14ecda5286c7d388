# expect: removes a named volume
docker rm -f -v writer
