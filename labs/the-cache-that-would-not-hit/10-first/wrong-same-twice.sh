# expect: does not print
docker build -q -t "$app:1" .
docker build -q -t "$app:2" .
