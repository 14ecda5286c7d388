printf 'FROM busybox\nRUN echo ready > /root/ready\n' | docker build -q -t tight:1 -
