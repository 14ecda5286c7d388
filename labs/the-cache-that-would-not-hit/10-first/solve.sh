echo "echo $app" > main.sh
docker build -q -t "$app:1" .
echo "echo $app $version" > main.sh
docker build -q -t "$app:2" .
