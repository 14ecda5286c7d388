cat > Dockerfile <<'END'
FROM busybox
COPY . /app
RUN sleep 0.3; cp /app/requirements.txt /installed
CMD ["sh", "/app/main.sh"]
END
echo "library $version" > requirements.txt
echo "echo $app" > main.sh
echo 'started' > build.log
