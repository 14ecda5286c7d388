# expect: main.sh is copied before it
docker build -q -t "$app:3" .
