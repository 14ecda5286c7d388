# expect: No container named
docker run --rm busybox sh -c "echo $word > /note"
