# expect: is still there
cd /root/src || exit 1
docker build -q -t builder:1 -f Dockerfile.build .
docker create --name extract builder:1 true
docker cp extract:/result ./result
