grep -q '^RUN sleep 0.3; cp /app/requirements.txt /installed$' Dockerfile || { echo "The slow step is no longer as it was; put it back."; exit 1; }
image "$app:3"
says "$app:3" "$app $version"
slow_step_hits true || { echo "Not even an unchanged build takes the slow step from the cache: build the Dockerfile as it is now as $app:3."; exit 1; }
slow_step_hits 'echo "# changed" >> main.sh' || { echo "A change of main.sh still makes the slow step run: main.sh is copied before it."; exit 1; }
