# expect: says
cd /root/src || exit 1
docker build -q -t builder:1 -f Dockerfile.build .
cp message result
