# expect: not with the configuration that was meant
echo '{}' > /etc/slipway/daemon.json
service docker start
