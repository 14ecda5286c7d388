docker rmi -f "$name:1"
docker load -q -i /root/images.tar
