cd "$(mktemp -d)" || exit 1
echo "$secret" > key
printf 'FROM busybox\nCOPY key /root/key\nRUN rm /root/key\nCMD ["sleep", "10000"]\n' > Dockerfile
docker build -q -t leaky:1 . >/dev/null
