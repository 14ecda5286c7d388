# expect: still part of the context
echo build.log > .gitignore
sed -i 's,^COPY main.sh build.log /app/,COPY . /app,' Dockerfile
docker build -q -t "$app:4" .
