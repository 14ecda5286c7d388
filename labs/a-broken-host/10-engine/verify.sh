jq -e . /etc/slipway/daemon.json >/dev/null 2>&1 || { echo "The engine does not start; what does its log say of its configuration?"; exit 1; }
engine
[ "$(jq -r '.debug, ."log-driver"' /etc/slipway/daemon.json | xargs)" = "true json-file" ] || { echo "The engine runs, but not with the configuration that was meant: debug, and the log driver json-file."; exit 1; }
