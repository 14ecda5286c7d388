# expect: does not contain busybox
docker save -o /root/images.tar "$name:1"
