# expect: layers more than busybox
printf 'FROM leaky:1\nRUN echo ready > /root/ready\n' | docker build -q -t tight:1 -
