# expect: has no file first
docker build -q -t keeps:1 - <<END
FROM busybox
VOLUME /var/keep
RUN echo $word > /var/keep/first
END
docker run -d --name keeper keeps:1 sleep 10000
