# expect: not made by a COPY
docker build -q -t app:stage - <<END
FROM busybox
RUN echo 'echo $greeting' > /run.sh
CMD ["sh", "/run.sh"]
END
