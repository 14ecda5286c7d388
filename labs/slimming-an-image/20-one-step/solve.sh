docker build -q -t app:lean - <<END
FROM busybox
RUN dd if=/dev/zero of=/tmp/tools bs=1M count=$size && echo 'echo $greeting' > /run.sh && rm /tmp/tools && chmod 755 /run.sh
CMD ["sh", "/run.sh"]
END
