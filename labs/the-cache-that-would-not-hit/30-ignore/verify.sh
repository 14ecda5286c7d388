grep -q '^COPY \. /app/\?$' Dockerfile || { echo "The Dockerfile has no COPY . /app."; exit 1; }
image "$app:4"
says "$app:4" "$app $version"
docker run --rm --network none "$app:4" ls /app | grep -qx build.log && { echo "build.log is in the image $app:4: it is still part of the context."; exit 1; }
slow_step_hits 'echo more >> build.log; echo "# changed" >> main.sh' || { echo "A change of main.sh and build.log makes the slow step run."; exit 1; }
