mkdir -p /root/src
echo "$word" > /root/src/message
cat > /root/src/Dockerfile.build <<END
FROM busybox
RUN echo compiler > /$tool
COPY message /src/
RUN tr a-z A-Z < /src/message > /result
END
