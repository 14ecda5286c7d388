printf 'build.log\n.dockerignore\n' > .dockerignore
cat > Dockerfile <<'END'
FROM busybox
COPY requirements.txt /app/
RUN sleep 0.3; cp /app/requirements.txt /installed
COPY . /app
CMD ["sh", "/app/main.sh"]
END
docker build -q -t "$app:4" .
