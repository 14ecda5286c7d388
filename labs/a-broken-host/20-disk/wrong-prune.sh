# expect: is still
docker system prune -f
