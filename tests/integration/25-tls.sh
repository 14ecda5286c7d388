#!/bin/bash
# The API over TCP and TLS: who has no certificate of the right CA learns nothing; who has one can do everything, streams included.
. "$(dirname "$0")/../lib.sh"

command -v certtool >/dev/null || { echo "skip - 25-tls: certtool (gnutls-bin) is missing"; exit 0; }

# A CA, a server's and two clients' certificates, and a second CA that nobody trusts with a client's certificate of its own.
CERTS=$TMP/certs; mkdir "$CERTS"
key() { certtool --generate-privkey --key-type ecdsa --curve secp256r1 --outfile "$1" 2>/dev/null; }
authority() { # NAME
    key "$CERTS/$1-key.pem"
    printf 'cn = "%s"\nca\ncert_signing_key\nexpiration_days = 2\n' "$1" >"$TMP/ca.cfg"
    certtool --generate-self-signed --load-privkey "$CERTS/$1-key.pem" --template "$TMP/ca.cfg" --outfile "$CERTS/$1.pem" 2>/dev/null
}
issue() { # CA NAME TEMPLATE-LINES...
    key "$CERTS/$2-key.pem"
    { printf 'cn = "%s"\nsigning_key\n' "$2"; printf '%s\n' "${@:3}"; } >"$TMP/cert.cfg"
    grep -q expiration "$TMP/cert.cfg" || echo 'expiration_days = 2' >>"$TMP/cert.cfg"
    certtool --generate-certificate --load-privkey "$CERTS/$2-key.pem" --load-ca-certificate "$CERTS/$1.pem" \
        --load-ca-privkey "$CERTS/$1-key.pem" --template "$TMP/cert.cfg" --outfile "$CERTS/$2.pem" 2>/dev/null
}
authority ca; authority otherca
issue ca server tls_www_server 'dns_name = "localhost"' 'ip_address = "127.0.0.1"'
issue ca cert tls_www_client
issue ca late tls_www_client 'activation_date = "2001-01-01 00:00:00"' 'expiration_date = "2002-01-01 00:00:00"'
issue otherca stranger tls_www_client
issue ca strangeserver tls_www_server 'dns_name = "elsewhere.example"'
cp "$CERTS/cert-key.pem" "$CERTS/key.pem"
export HOME=$TMP/home DOCKER_CONFIG=$TMP/home/.docker; mkdir -p "$HOME/.docker"

engine_start -H tcp://127.0.0.1:2376 -H tcp://127.0.0.1:2377 --tlsverify --tlscacert "$CERTS/ca.pem" --tlscert "$CERTS/server.pem" --tlskey "$CERTS/server-key.pem"
T=tcp://127.0.0.1:2376
GOOD=(--tlsverify --tlscacert "$CERTS/ca.pem" --tlscert "$CERTS/cert.pem" --tlskey "$CERTS/key.pem" -H "$T")
as() { curl -s --max-time 10 --cacert "$CERTS/ca.pem" --cert "$CERTS/$1.pem" --key "$CERTS/$1-key.pem" "${@:2}"; }
unset DOCKER_HOST SLIPWAY_HOST

check_eq "a client of the CA is served" OK "$(as cert https://127.0.0.1:2376/_ping)"
check_eq "also by the server's name" OK "$(as cert https://localhost:2377/_ping)"
check_eq "a client of another CA hears nothing" "" "$(as stranger https://127.0.0.1:2376/_ping)"
check_eq "nor one whose certificate has expired" "" "$(as late https://127.0.0.1:2376/_ping)"
check_eq "nor one with a server's certificate" "" "$(as server https://127.0.0.1:2376/_ping)"
check_eq "nor one without any" "" "$(curl -sk --max-time 10 https://127.0.0.1:2376/_ping)"
check_eq "nor one that knows old TLS only" "" "$(as cert --tls-max 1.1 https://127.0.0.1:2376/_ping)"
check_eq "plain HTTP is told what is missing" "Client sent an HTTP request to an HTTPS server." "$(curl -s --max-time 10 http://127.0.0.1:2376/_ping)"
check_match "the log says who was turned away" 'TLS handshake error from 127.0.0.1:[0-9]+: ' "$(cat "$TMP/engine.log")"
check_eq "TLS 1.2 will do" OK "$(as cert --tls-max 1.2 https://127.0.0.1:2376/_ping)"
check_eq "the unix socket needs none of it" OK "$(api GET /_ping)"

# Both clients, through everything that streams.
drive() { # NAME COMMAND...: how a docker command is called
    local name=$1 big; shift
    C() { timeout 60 "$@"; }
    check_eq "$name: run" "over tls" "$(C "$@" "${GOOD[@]}" run --rm busybox echo over tls)"
    check_eq "$name: exit code" 7 "$(C "$@" "${GOOD[@]}" run --rm busybox sh -c 'exit 7'; echo $?)"
    big=$(seq 1 200000 | sha256sum)
    check_eq "$name: much input ends, and comes back whole" "$big" "$(seq 1 200000 | C "$@" "${GOOD[@]}" run -i --rm busybox cat | sha256sum)"
    check_match "$name: run -it" 'tty' "$(C script -qec "$* ${GOOD[*]} run -it --rm busybox sh -c 'test -t 0 && echo tty'" /dev/null </dev/null | tr -d '\r\n')"
    "$@" "${GOOD[@]}" run -d --name "t$name" busybox sh -c 'echo begun; sleep 100' >/dev/null
    check_eq "$name: exec" "inside" "$(C "$@" "${GOOD[@]}" exec "t$name" echo inside)"
    check_eq "$name: exec -i" "$big" "$(seq 1 200000 | C "$@" "${GOOD[@]}" exec -i "t$name" cat | sha256sum)"
    check_eq "$name: logs" "begun" "$(C "$@" "${GOOD[@]}" logs "t$name")"
    "$@" "${GOOD[@]}" rm -f "t$name" >/dev/null
    "$@" "${GOOD[@]}" run -d --name "f$name" busybox sh -c 'while :; do echo line; sleep 0.1; done' >/dev/null
    check_eq "$name: logs -f" 5 "$(C "$@" "${GOOD[@]}" logs -f "f$name" | head -5 | wc -l)"
    "$@" "${GOOD[@]}" attach --no-stdin "f$name" >"$TMP/attached" & local attached=$!
    wait_for 10 grep -q line "$TMP/attached"
    check_eq "$name: attach" "line" "$(head -1 "$TMP/attached")"
    kill -9 "$attached"; wait "$attached" 2>/dev/null
    "$@" "${GOOD[@]}" rm -f "f$name" >/dev/null
    tar -C "$ROOT/tests" -cf "$TMP/up.tar" lib.sh
    check_match "$name: an upload" '^sha256:' "$(C "$@" "${GOOD[@]}" import - "up$name" <"$TMP/up.tar")"
}
if have_docker; then drive docker "$REAL_DOCKER"; else skip "docker over TLS" "no docker client"; fi
drive slipway "$B/slipway"

# What clients say when it does not work.
words() { # NAME COMMAND
    local name=$1 out; shift
    out=$("$@" --tlsverify --tlscacert "$CERTS/ca.pem" --tlscert "$CERTS/stranger.pem" --tlskey "$CERTS/stranger-key.pem" -H "$T" ps 2>&1)
    check_match "$name: a refused certificate is named" 'the server probably has client authentication .* bad certificate' "$out"
    out=$("$@" --tlsverify --tlscacert "$CERTS/otherca.pem" --tlscert "$CERTS/cert.pem" --tlskey "$CERTS/key.pem" -H "$T" ps 2>&1)
    check_match "$name: so is a server of another CA" 'error during connect: Get .*certificate signed by unknown authority' "$out"
    check_match "$name: and a request without TLS" 'Client sent an HTTP request to an HTTPS server' "$("$@" -H "$T" ps 2>&1)"
    check_match "$name: nobody there" "Cannot connect to the Docker daemon at tcp://127.0.0.1:2399. Is the docker daemon running" "$("$@" -H tcp://127.0.0.1:2399 ps 2>&1)"
    check_match "$name: no ca.pem" 'unable to resolve docker endpoint: open .*/ca.pem: no such file or directory' "$("$@" --tls -H "$T" ps 2>&1)"
    check_eq "$name: the environment" 0.1.0 "$(DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$CERTS DOCKER_HOST=$T "$@" version -f '{{.Server.Version}}' 2>&1)"
    check_eq "$name: DOCKER_TLS does not ask who the server is" 0.1.0 "$(DOCKER_TLS=1 DOCKER_CERT_PATH=$CERTS DOCKER_HOST=tcp://localhost:2377 "$@" version -f '{{.Server.Version}}' 2>&1)"
}
if have_docker; then words docker "$REAL_DOCKER"; fi
words slipway "$B/slipway"
cp "$CERTS"/{ca,cert,key}.pem "$HOME/.docker/"
check_eq "certificates are found at home" 0.1.0 "$(S --tlsverify -H 127.0.0.1 version -f '{{.Server.Version}}' 2>&1)"

# Who only holds a connection open does not hold it for ever, and keeps nobody else out.
exec 7<>/dev/tcp/127.0.0.1/2376
for _ in $(seq 300); do (exec 8<>/dev/tcp/127.0.0.1/2376; sleep 5) & done 2>/dev/null
check_eq "silent connections keep nobody out for long" OK "$(as cert --retry 12 --retry-all-errors --retry-delay 1 https://127.0.0.1:2376/_ping)"
check "a silent connection is closed" timeout 60 cat <&7
exec 7>&-
wait_threads() { [ "$(ls "/proc/$ENGINE_PID/task" | wc -l)" -le "$1" ]; }
check "and leaves no thread" wait_for 20 wait_threads 25
engine_stop

# A server whose own certificate does not name it; with --tlsverify=false no certificate is asked for.
engine_start -H tcp://127.0.0.1:2376 --tlsverify=false --tlscert "$CERTS/strangeserver.pem" --tlskey "$CERTS/strangeserver-key.pem"
unset DOCKER_HOST SLIPWAY_HOST
check_match "a server with another name" 'certificate is (not )?valid for .*127.0.0.1' "$(S "${GOOD[@]}" ps 2>&1)"
check_eq "--tlsverify=false encrypts, and asks for nothing" OK "$(curl -sk --max-time 10 https://127.0.0.1:2376/_ping)"
check_match "info warns of it" 'API is accessible on https://127.0.0.1:2376 without TLS client verification' "$(api GET /info)"
engine_stop

engine_start -H tcp://127.0.0.1:2376 --tls --tlscacert "$CERTS/ca.pem" --tlscert "$CERTS/server.pem" --tlskey "$CERTS/server-key.pem"
unset DOCKER_HOST SLIPWAY_HOST
check_eq "--tls alone asks for a certificate, as since Docker 20.10" "" "$(curl -sk --max-time 10 https://127.0.0.1:2376/_ping)"
check_eq "and takes one of the CA" OK "$(as cert https://127.0.0.1:2376/_ping)"
check_no_match "info does not warn" 'without TLS client verification' "$(api GET /info)"
engine_stop

bad() { local name=$1 pattern=$2 out; shift 2; out=$(HOME=/nowhere timeout 10 "$B/slipwayd" --data-root "$TMP/d2" --exec-root "$TMP/e2" "$@" 2>&1); check_match "$name" "$pattern" "$out"; }
bad "no certificate at all" 'failed to create API server: Could not load X509 key pair \(cert: "", key: ""\): open : no such file' -H tcp://127.0.0.1:2376 --tlsverify --tlscacert "$CERTS/ca.pem" --tlscert= --tlskey=
bad "a certificate that is not there" 'Could not load X509 key pair \(cert: "/no.pem".*open /no.pem: no such file' -H tcp://127.0.0.1:2376 --tlsverify --tlscert /no.pem --tlskey /no-key.pem
bad "a CA that is none" 'failed to append certificates from PEM file' -H tcp://127.0.0.1:2376 --tlsverify --tlscacert /etc/hostname --tlscert "$CERTS/server.pem" --tlskey "$CERTS/server-key.pem"
bad "a key of another certificate" 'Error reading X509 key pair' -H tcp://127.0.0.1:2376 --tlsverify --tlscacert "$CERTS/ca.pem" --tlscert "$CERTS/server.pem" --tlskey "$CERTS/cert-key.pem"
finish
