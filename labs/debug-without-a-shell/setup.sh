docker build -q -t bare:1 - >/dev/null <<END
FROM busybox AS tools
RUN mkdir /out && cp /bin/busybox /out/httpd && echo $word > /out/word
FROM scratch
COPY --from=tools /out/ /
ENTRYPOINT ["/httpd", "-f", "-p", "$port", "-h", "/"]
END
docker run -d --name "$name" bare:1 >/dev/null
