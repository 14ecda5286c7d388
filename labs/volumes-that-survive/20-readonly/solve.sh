docker run -d --name reader --mount "type=volume,source=$volume,target=/data,readonly" busybox sleep 10000
