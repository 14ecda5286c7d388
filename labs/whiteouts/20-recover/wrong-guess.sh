# expect: does not say what the key says
docker run --rm leaky:1 cat /root/key > /root/found 2>&1
