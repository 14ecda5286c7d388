mkdir -p /root/app
cat > /root/app/Dockerfile <<END
FROM busybox
RUN dd if=/dev/zero of=/tmp/tools bs=1M count=$size
RUN echo 'echo $greeting' > /run.sh
RUN rm /tmp/tools
RUN chmod 755 /run.sh
CMD ["sh", "/run.sh"]
END
