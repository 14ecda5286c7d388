docker run -d --name inside --entrypoint sleep program:1 "$seconds"
