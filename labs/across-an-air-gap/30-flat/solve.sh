docker rm -f box 2>/dev/null
docker create --name box "$name:1"
docker export box | docker import --change 'CMD ["cat", "/word"]' - flat:1
