docker rm -f writer
docker volume rm "$volume"
