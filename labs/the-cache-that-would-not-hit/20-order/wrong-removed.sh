# expect: put it back
sed -i '/sleep/d' Dockerfile
docker build -q -t "$app:3" .
