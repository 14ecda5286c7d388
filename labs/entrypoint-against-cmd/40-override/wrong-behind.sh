# expect: still runs the entrypoint
docker run -d --name inside program:1 sleep "$seconds"
