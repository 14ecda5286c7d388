cat > /root/src/Dockerfile <<END
FROM busybox AS build
RUN echo compiler > /$tool
COPY message /src/
RUN tr a-z A-Z < /src/message > /result

FROM busybox
COPY --from=build /result /message
END
docker build -q -t ship:1 /root/src
