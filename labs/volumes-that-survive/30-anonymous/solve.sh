docker build -q -t keeps:1 - <<END
FROM busybox
RUN mkdir /var/keep && echo $word > /var/keep/first
VOLUME /var/keep
END
docker run -d --name keeper keeps:1 sleep 10000
