image app:fat
[ "$(size_of app:fat)" -gt $((size * 1000000)) ] || { echo "app:fat is smaller than it should be; build it from the Dockerfile as it was."; exit 1; }
