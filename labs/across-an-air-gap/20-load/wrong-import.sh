# expect: is another image
docker rmi -f "$name:1"
docker import /root/images.tar "$name:1"
