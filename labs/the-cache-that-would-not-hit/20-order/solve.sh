cat > Dockerfile <<'END'
FROM busybox
COPY requirements.txt /app/
RUN sleep 0.3; cp /app/requirements.txt /installed
COPY main.sh build.log /app/
CMD ["sh", "/app/main.sh"]
END
docker build -q -t "$app:3" .
