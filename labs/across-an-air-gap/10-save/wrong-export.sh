# expect: is no saved image
docker run --name box "$name:1"
docker export -o /root/images.tar box
