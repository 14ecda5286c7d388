# expect: There is no image app:fat
docker build -q -t app /root/app
