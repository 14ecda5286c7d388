# expect: stays in the layer
docker build -q -t app:lean - <<END
FROM busybox
RUN dd if=/dev/zero of=/tmp/tools bs=1M count=$size && echo 'echo $greeting' > /run.sh && chmod 755 /run.sh
RUN rm /tmp/tools
CMD ["sh", "/run.sh"]
END
