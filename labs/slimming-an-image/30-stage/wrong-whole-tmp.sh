# expect: take only /run.sh over
docker build -q -t app:stage - <<END
FROM busybox AS build
RUN dd if=/dev/zero of=/tmp/tools bs=1M count=$size
RUN echo 'echo $greeting' > /run.sh
FROM busybox
COPY --from=build /tmp /tmp
COPY --from=build /run.sh /run.sh
CMD ["sh", "/run.sh"]
END
