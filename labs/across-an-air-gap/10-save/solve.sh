docker save -o /root/images.tar "$name:1" busybox
