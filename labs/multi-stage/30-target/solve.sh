cat > /root/src/Dockerfile <<END
FROM busybox AS build
RUN echo compiler > /$tool
COPY message /src/
RUN tr a-z A-Z < /src/message > /result

FROM build AS test
RUN grep -qx $word /src/message
RUN touch /tested

FROM busybox
COPY --from=build /result /message
END
docker build -q -t test:1 --target test /root/src
