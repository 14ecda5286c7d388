# Sourced by tests that need a registry: Debian's docker-registry on loopback. Needs tests/lib.sh before it.
# shellcheck shell=bash

# The password of "student" is "s3cret" (bcrypt).
STUDENT='student:$2b$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK'

have_registry() { command -v docker-registry >/dev/null; }

# registry_start ADDRESS:PORT [htpasswd] [LINE OF YAML...]: waits until it answers. Its data are in $TMP/registry-PORT, its log beside them.
registry_start() {
    local address=$1 host port=${1##*:} directory="$TMP/registry-${1##*:}"
    shift
    mkdir -p "$directory"
    {
        printf 'version: 0.1\nlog:\n  level: info\n  accesslog:\n    disabled: true\n'
        printf 'storage:\n  filesystem:\n    rootdirectory: %s/data\n  delete:\n    enabled: true\n' "$directory"
        if [ "${1:-}" = htpasswd ]; then
            shift
            printf '%s\n' "$STUDENT" >"$directory/htpasswd"
            printf 'auth:\n  htpasswd:\n    realm: registry\n    path: %s/htpasswd\n' "$directory"
        fi
        printf 'http:\n  addr: "%s"\n' "$address"
        [ $# -gt 0 ] && printf '%s\n' "$@"
    } >"$directory/config.yml"
    docker-registry serve "$directory/config.yml" >"$directory/log" 2>&1 &
    REGISTRY_PID=$!
    disown
    host=${address%:*}; host=${host#[}; host=${host%]}
    wait_for 10 bash -c "exec 3<>/dev/tcp/$host/$port" || not_ok "the registry at $address starts" "$(tail -3 "$directory/log")"
}
registry_stop() { kill "$REGISTRY_PID" 2>/dev/null; wait_for 5 bash -c "! kill -0 $REGISTRY_PID"; }
