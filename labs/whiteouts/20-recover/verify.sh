[ -e /root/found ] || { echo "There is no file /root/found yet."; exit 1; }
[ "$(tr -d '[:space:]' < /root/found)" = "$secret" ] || { echo "/root/found does not say what the key says."; exit 1; }
docker image inspect leaky:1 >/dev/null 2>&1 || { echo "leaky:1 is gone; it must stay for the next step."; exit 1; }
