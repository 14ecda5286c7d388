ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
engine() { [ -S /run/slipway.sock ] && docker version >/dev/null 2>&1 || { echo "The engine does not run."; exit 1; }; }
running() { [ "$(ask '{{.State.Running}}' "$1")" = true ] || { echo "$1 is not running."; exit 1; }; }
mend_engine() {
    printf '{\n  "debug": true,\n  "log-driver": "json-file"\n}\n' > /etc/slipway/daemon.json
    service docker start
}
