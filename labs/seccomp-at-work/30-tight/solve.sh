sed -i "/\"$refused\"/d" /root/tight.json
/root/start-app
