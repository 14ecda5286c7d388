#!/bin/bash
# Registries: Debian's docker-registry on loopback, plain, with a password, with tokens, with TLS; mirrors and a proxy; skopeo on the
# other side; the course's chapter as it is typed.
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/registries.sh
. "$ROOT/tests/registries.sh"
for program in docker-registry skopeo python3 certtool openssl; do
    command -v $program >/dev/null || { skip "registries" "$program is not installed"; exit 0; }
done

R=127.0.0.1:5081 CERTS=$TMP/certs HOME=$TMP/home
export HOME DOCKER_CONFIG=$TMP/home/.docker
mkdir -p "$CERTS" "$DOCKER_CONFIG" "$TMP/certs.d"
manifest() { curl -fs -H 'Accept: application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json' "http://$R/v2/$1/manifests/$2"; }
id_of() { S image inspect -f '{{.Id}}' "$1"; }
layers_of() { manifest "$1" "$2" | jq -r '.layers[].digest'; }
rm_all() { S rmi -f "$@" >/dev/null 2>&1; }
tarball() { # NAME SEED BYTES: a tar of noise and text
    mkdir -p "$TMP/$1.d/etc" && head -c "$3" /dev/zero | openssl enc -aes-128-ctr -nosalt -K "$(printf %032d "$2")" -iv 00 2>/dev/null >"$TMP/$1.d/noise"
    echo "$1" >"$TMP/$1.d/etc/who" && tar -C "$TMP/$1.d" --sort=name --mtime=@0 -cf "$TMP/$1.tar" .
}

registry_start $R
engine_start
wait_for 20 S image inspect registry:2

# Several layers, made with the store's own means.
tarball one 1 3000000
S import "$TMP/one.tar" app:1 >/dev/null
for layer in two three four five; do
    S run -d --name "$layer" -v /bin/busybox:/bin/busybox:ro app:1 /bin/busybox sleep 100 >/dev/null
    tarball $layer ${#layer} 1000000
    S cp "$TMP/$layer.d/noise" "$layer:/noise-$layer" 2>/dev/null >&2
    S commit "$layer" app:1 >/dev/null
    S rm -f "$layer" >/dev/null
done
check_eq "an image of five layers" 5 "$(S image inspect -f '{{len .RootFS.Layers}}' app:1)"
S tag app:1 $R/app:1
ID=$(id_of app:1)

# Push and pull.
S events --filter type=image --filter event=push --filter event=pull --format '{{.Action}} {{.Actor.ID}} {{index .Actor.Attributes "name"}}' >"$TMP/events" 2>/dev/null &
said=$(S push $R/app:1)
check_match "a push names the repository" "^The push refers to repository \[$R/app\]$" "$said"
check_eq "and prepares each layer" 5 "$(grep -c ': Preparing$' <<<"$said")"
check_eq "sends each" 5 "$(grep -c ': Pushed$' <<<"$said")"
check_match "and ends with tag, digest and size" '^1: digest: sha256:[0-9a-f]{64} size: [0-9]+$' "$(tail -1 <<<"$said")"
DIGEST=$(tail -1 <<<"$said" | grep -o 'sha256:[0-9a-f]*')
check_eq "the digest is that of the manifest" "${DIGEST#sha256:}" "$(manifest app 1 | sha256sum | cut -d' ' -f1)"
check_eq "the configuration is the image's" "$ID" "$(manifest app 1 | jq -r .config.digest)"
check_eq "layers are gzip whose contents have the diff IDs" "$(S image inspect -f '{{range .RootFS.Layers}}{{println .}}{{end}}' app:1 | grep .)" \
    "$(for blob in $(layers_of app 1); do echo "sha256:$(curl -fs "http://$R/v2/app/blobs/$blob" | gzip -dc | sha256sum | cut -d' ' -f1)"; done)"
check_eq "the image has its name by digest" "$R/app@$DIGEST" "$(S image inspect -f '{{index .RepoDigests 0}}' $R/app:1)"
check_eq "a second push finds everything" 5 "$(S push $R/app:1 | grep -c ': Layer already exists$')"
S tag app:1 $R/other/app:2
said=$(S push $R/other/app:2)
check_eq "another repository takes layers over" 5 "$(grep -c ': Mounted from app$' <<<"$said")"
check_match "and has the same manifest" "^2: digest: $DIGEST " "$said"
S tag app:1 $R/app:second; S tag busybox $R/app:third
check_eq "push -a pushes all tags" "1 second third" "$(S push -a $R/app >/dev/null; curl -fs http://$R/v2/app/tags/list | jq -r '.tags | sort | join(" ")')"

rm_all $R/app:1 $R/app:second $R/app:third $R/other/app:2 app:1
check_rc "all names are gone, and the image with them" 1 S image inspect "$ID"
said=$(S pull $R/app:1)
check_match "a pull says from where" '^1: Pulling from app$' "$said"
for state in 'Pulling fs layer' 'Download complete' 'Pull complete'; do
    check_eq "of each layer: $state" 5 "$(grep -c ": $state\$" <<<"$said")"
done
check_match "more than three wait" ': Waiting$' "$said"
check_match "the digest" "^Digest: $DIGEST\$" "$said"
check_match "the end" "^Status: Downloaded newer image for $R/app:1\$" "$said"
check_eq "the image is the same" "$ID" "$(id_of $R/app:1)"
check_eq "what it holds is the same" "$(sha256sum <"$TMP/five.d/noise")" "$(S run --rm -v /bin/busybox:/bin/busybox:ro $R/app:1 /bin/busybox cat /noise-five | sha256sum)"
check_match "a second pull finds it" "^Status: Image is up to date for $R/app:1\$" "$(S pull $R/app:1)"
S push $R/app:1 >"$TMP/out"
check_match "a push of what was pulled has the same digest" "digest: $DIGEST " "$(cat "$TMP/out")"
rm_all $R/app:1
check_match "a pull by digest" "^Status: Downloaded newer image for $R/app@$DIGEST\$" "$(S pull "$R/app@$DIGEST")"
check_eq "is the same image" "$ID" "$(id_of "$R/app@$DIGEST")"
check_match "pull -a pulls all tags" "^Status: Downloaded newer image for $R/app\$" "$(S pull -a $R/app)"
check_eq "each of them" "1 second third" "$(S images $R/app --format '{{.Tag}}' | sort | tr '\n' ' ' | sed 's/ $//')"
check_eq "pull -q says the name alone" "$R/app:1" "$(S pull -q $R/app:1)"
said=$(S pull $R/other/app:2)
check_no_match "an image that is here is not downloaded for another name" 'Pulling fs layer' "$said"
rm_all $R/app:1 $R/app:second "$R/app@$DIGEST" $R/other/app:2
S import "$TMP/one.tar" base:1 >/dev/null
said=$(S pull $R/app:1)
check_eq "a layer that is here stays" 1 "$(grep -c ': Already exists$' <<<"$said")"
check_eq "and the others come" 4 "$(grep -c ': Pull complete$' <<<"$said")"
check_match "events tell of a push" "^push $R/app:1 $R/app\$" "$(cat "$TMP/events")"
check_match "and of a pull" "^pull $R/app:1 $R/app\$" "$(cat "$TMP/events")"
blob=$(layers_of app 1 | head -1)
check_eq "which blob holds which layer is remembered as Docker does" "$(S image inspect -f '{{index .RootFS.Layers 0}}' $R/app:1)" \
    "$(cat "$DATA/image/overlay2/distribution/diffid-by-digest/sha256/${blob#sha256:}")"
check_match "manifests can be looked at" '"digest":"'"$DIGEST"'"' "$(api GET /distribution/$R/app:1/json | jq -c .Descriptor)"
check_eq "as they are" "${DIGEST#sha256:}" "$(api GET /slipway/manifests/$R/app:1 | jq -j .Raw | sha256sum | cut -d' ' -f1)"
check_eq "with the configuration" "$ID" "sha256:$(api GET "/slipway/manifests/$R/app:1?verbose=1" | jq -j .Config | sha256sum | cut -d' ' -f1)"
if have_docker; then
    rm_all $R/app:1 base:1
    check_match "docker pulls through this engine" "^Status: Downloaded newer image for $R/app:1\$" "$(D pull $R/app:1)"
    check_match "and pushes" "digest: $DIGEST " "$(D push $R/app:1)"
fi

# Everything is streamed: a layer of 100 MB passes through an engine that stays small.
tarball large 7 100000000
S import "$TMP/large.tar" $R/large:1 >/dev/null
echo 5 >"/proc/$ENGINE_PID/clear_refs"
S push -q $R/large:1 >/dev/null
rm_all $R/large:1
said=$(api POST "/images/create?fromImage=$R/large&tag=1")
check_match "a large layer tells how much has come" '"status":"Downloading","progressDetail":\{"current":[0-9]+,"total":[0-9]+\},"progress":"\[' "$said"
check_match "and arrives" 'Downloaded newer image' "$said"
# (What checks memory takes memory.)
ldd "$B/slipwayd" | grep -q libasan || check "the engine's memory stays below 64 MiB" test "$(awk '/^VmHWM/ { print $2 }' "/proc/$ENGINE_PID/status")" -lt 65536
rm_all $R/large:1

# Crossing.
check_eq "skopeo reads what was pushed" "$DIGEST" "$(skopeo inspect --tls-verify=false docker://$R/app:1 | jq -r .Digest)"
skopeo copy -q --src-tls-verify=false docker://$R/app:1 "oci:$TMP/oci:one"
check_eq "skopeo copies it, layer by layer" "$(layers_of app 1)" \
    "$(jq -r '.manifests[0].digest' "$TMP/oci/index.json" | cut -d: -f2 | xargs -I{} jq -r '.layers[].digest' "$TMP/oci/blobs/sha256/{}")"
skopeo copy -q --dest-tls-verify=false "oci:$TMP/oci:one" docker://$R/oci:1
check_eq "what skopeo pushed is an OCI manifest" "application/vnd.oci.image.layer.v1.tar+gzip" "$(manifest oci 1 | jq -r '.layers[0].mediaType')"
rm_all $R/app:1
S pull -q $R/oci:1 >/dev/null
check_eq "it is the image that its configuration says" "$(manifest oci 1 | jq -r .config.digest)" "$(id_of $R/oci:1)"
check_eq "by the digest of its manifest" "$R/oci@sha256:$(manifest oci 1 | sha256sum | cut -d' ' -f1)" "$(S image inspect -f '{{index .RepoDigests 0}}' $R/oci:1)"
tarball six 6 1500000
S import "$TMP/six.tar" six:1 >/dev/null
S save -o "$TMP/six.saved" six:1
skopeo copy -q --dest-tls-verify=false --format oci --dest-compress-format zstd "docker-archive:$TMP/six.saved" docker://$R/zstd:1
check_eq "skopeo pushes zstd" "application/vnd.oci.image.layer.v1.tar+zstd" "$(manifest zstd 1 | jq -r '.layers[0].mediaType')"
rm_all six:1
S pull -q $R/zstd:1 >/dev/null
check_eq "which is taken" "$(manifest zstd 1 | jq -r .config.digest)" "$(id_of $R/zstd:1)"
check_eq "layer by layer" "$(sha256sum <"$TMP/six.d/noise")" "$(S run --rm -v /bin/busybox:/bin/busybox:ro $R/zstd:1 /bin/busybox cat /noise | sha256sum)"
S tag $R/zstd:1 $R/again:1; S push -q $R/again:1 >/dev/null
check_eq "and sent as what it is called then" "application/vnd.docker.image.rootfs.diff.tar.gzip 1f8b" \
    "$(manifest again 1 | jq -r '.layers[0].mediaType') $(curl -fs "http://$R/v2/again/blobs/$(layers_of again 1)" | head -c 2 | od -An -tx1 | tr -d ' ')"
registry_stop

# An address of IPv6.
if [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; then
    SIX='[::1]:5086'
    registry_start "$SIX"
    S tag busybox "$SIX/six/app:1"
    check_match "a registry may be an IPv6 address: push" '^1: digest: sha256' "$(S push "$SIX/six/app:1" 2>&1)"
    rm_all "$SIX/six/app:1"
    check_match "and pull" "^Status: Downloaded newer image for \[::1\]:5086/six/app:1$|Image is up to date" "$(S pull "$SIX/six/app:1" 2>&1)"
    check_eq "it is in the list under its name" "$SIX/six/app" "$(S images --format '{{.Repository}}' | grep six)"
    rm_all "$SIX/six/app:1"
    registry_stop
else
    skip "a registry at an IPv6 address" "loopback has none"
fi

# A password.
A=127.0.0.1:5082
registry_start $A htpasswd
S tag busybox $A/private:1
check_match "without a password nothing is pushed" '^no basic auth credentials$' "$(S push $A/private:1 2>&1)"
check_match "nor with a wrong one" "login attempt to http://$A/v2/ failed with status: 401 Unauthorized" "$(echo wrong | S login -u student --password-stdin $A 2>&1)"
check_match "with the right one" 'Login Succeeded' "$(echo s3cret | S login -u student --password-stdin $A 2>&1)"
check_match "it is" '^1: digest: sha256' "$(S push $A/private:1 2>&1)"
check_match "and pulled" 'Image is up to date' "$(S pull $A/private:1 2>&1)"
S logout $A >/dev/null
check_match "not after the logout" "Head \"http://$A/v2/private/manifests/1\": no basic auth credentials" "$(S pull $A/private:1 2>&1)"
registry_stop

# Tokens.
T=127.0.0.1:5083
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=peer -days 2 -keyout "$CERTS/token-key.pem" -out "$CERTS/token.pem" 2>/dev/null
python3 -B "$ROOT/tests/registry_peer.py" token 5084 "$CERTS/token.pem" "$CERTS/token-key.pem" >"$TMP/token.log" 2>&1 & disown
wait_for 10 curl -fs http://127.0.0.1:5084/
registry_start $T $'auth:\n  token:\n    realm: http://127.0.0.1:5084/token\n    service: peer\n    issuer: peer\n    rootcertbundle: '"$CERTS/token.pem"
S tag busybox $T/public/box:1; S tag busybox $T/secret/box:1
check_match "nobody pushes without a name" 'denied|unauthorized' "$(S push $T/public/box:1 2>&1)"
check_match "a login at the token server" 'Login Succeeded' "$(echo s3cret | S login -u student --password-stdin $T 2>&1)"
check_match "a wrong one" 'unauthorized: incorrect username or password' "$(echo wrong | S login -u student --password-stdin $T 2>&1)"
check_match "a push with a token" '^1: digest: sha256' "$(S push $T/public/box:1 2>&1)"
said=$(S push $T/secret/box:1 2>&1)
check_match "another one, whose layers come from the first" ': Mounted from public/box$' "$said"
check_match "which succeeds" '^1: digest: sha256' "$said"
S logout $T >/dev/null
rm_all $T/public/box:1 $T/secret/box:1
check_match "anybody pulls what is public" 'Downloaded newer' "$(S pull $T/public/box:1 2>&1)"
check_match "and nothing else" "pull access denied|denied|unauthorized" "$(S pull $T/secret/box:1 2>&1)"
registry_stop
engine_stop

# TLS, at an address that is not loopback.
ip address add 10.77.0.1/32 dev lo
key() { certtool --generate-privkey --key-type ecdsa --curve secp256r1 --outfile "$1" 2>/dev/null; }
key "$CERTS/ca-key.pem"
printf 'cn = "a CA"\nca\ncert_signing_key\nexpiration_days = 2\n' >"$TMP/ca.cfg"
certtool --generate-self-signed --load-privkey "$CERTS/ca-key.pem" --template "$TMP/ca.cfg" --outfile "$CERTS/ca.pem" 2>/dev/null
issue() { # NAME TEMPLATE-LINES...
    key "$CERTS/$1-key.pem"
    { printf 'cn = "%s"\nsigning_key\n' "$1"; printf '%s\n' "${@:2}"; } >"$TMP/cert.cfg"
    grep -q expiration "$TMP/cert.cfg" || echo 'expiration_days = 2' >>"$TMP/cert.cfg"
    certtool --generate-certificate --load-privkey "$CERTS/$1-key.pem" --load-ca-certificate "$CERTS/ca.pem" \
        --load-ca-privkey "$CERTS/ca-key.pem" --template "$TMP/cert.cfg" --outfile "$CERTS/$1.pem" 2>/dev/null
}
issue server tls_www_server 'ip_address = "10.77.0.1"'
issue elsewhere tls_www_server 'dns_name = "elsewhere.example"'
issue late tls_www_server 'ip_address = "10.77.0.1"' 'activation_date = "2001-01-01 00:00:00"' 'expiration_date = "2002-01-01 00:00:00"'
issue client tls_www_client
tls() { printf '  tls:\n    certificate: %s\n    key: %s' "$CERTS/$1.pem" "$CERTS/$1-key.pem"; }
trusted() { mkdir -p "$TMP/certs.d/$1" && cp "$CERTS/ca.pem" "$TMP/certs.d/$1/ca.crt"; }
export SLIPWAY_CERTS_D=$TMP/certs.d
L=10.77.0.1:5443 M=10.77.0.1:5444 N=10.77.0.1:5445 O=10.77.0.1:5446
registry_start $L "$(tls server)"
registry_start $M "$(tls server)" "    clientcas: [$CERTS/ca.pem]"
registry_start $N "$(tls elsewhere)"
registry_start $O "$(tls late)"
engine_start --insecure-registry 10.77.0.1:5445
push() { S tag busybox "$1/box:1" && S push "$1/box:1" 2>&1; }
check_match "a registry of an unknown CA is not talked to" 'Get "https://10.77.0.1:5443/v2/": x509: certificate signed by unknown authority' "$(push $L)"
trusted $L; trusted $M; trusted $O
check_match "one whose CA is in certs.d is" '^1: digest: sha256' "$(push $L)"
rm_all $L/box:1
check_match "for pulls, too" 'Downloaded newer' "$(S pull $L/box:1 2>&1)"
# What it says about that may be overtaken by the end of the connection (TLS 1.3).
check_match "one that wants a certificate of ours" 'remote error: tls: |unexpected EOF|connection reset by peer' "$(push $M)"
cp "$CERTS/client.pem" "$TMP/certs.d/$M/client.cert"
check_match "gets it with its key only" 'missing key client.key for client certificate client.cert' "$(push $M)"
cp "$CERTS/client-key.pem" "$TMP/certs.d/$M/client.key"
check_match "and then takes what we push" '^1: digest: sha256' "$(push $M)"
check_match "a certificate that has run out is not taken" 'x509: certificate has expired or is not yet valid' "$(push $O)"
check_match "nor one for another name, unless the registry is called insecure" '^1: digest: sha256' "$(push $N)"
engine_stop
trusted $N
engine_start
check_match "certainly not then" 'x509: certificate is valid for another name' "$(push $N)"
engine_stop

# Mirrors of Docker Hub, and a proxy.
registry_start $R
skopeo copy -q --dest-tls-verify=false "oci:$TMP/oci:one" docker://$R/library/mirrored:1
engine_start --registry-mirror http://127.0.0.1:1 --registry-mirror http://$R/
check_match "a mirror is asked for what is at Docker Hub" '^Status: Downloaded newer image for mirrored:1$' "$(S pull mirrored:1 2>&1)"
check_match "with the name's full form" '^1: Pulling from library/mirrored$' "$(S pull mirrored:1 2>&1)"
check_match "what it has not is asked for there" 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io' "$(S pull nowhere:1 2>&1)"
engine_stop
TARGET=5081 python3 -B "$ROOT/tests/registry_peer.py" proxy 5085 "$TMP/" >"$TMP/proxy.log" 2>&1 & disown
wait_for 10 curl -fs http://127.0.0.1:5085/_asked
HTTP_PROXY=http://127.0.0.1:5085 NO_PROXY=other.test engine_start --insecure-registry registry.test --insecure-registry other.test
check_match "a proxy is used" '^Status: Downloaded newer image for registry.test/library/mirrored:1$' "$(S pull registry.test/library/mirrored:1 2>&1)"
check "really" test "$(curl -fs http://127.0.0.1:5085/_asked)" -ge 3
check_match "not for what NO_PROXY names" 'dial tcp: lookup other.test' "$(S pull other.test/x:1 2>&1)"
asked=$(curl -fs http://127.0.0.1:5085/_asked)
S pull -q $R/library/mirrored:1 >/dev/null
check_eq "nor for loopback" "$asked" "$(curl -fs http://127.0.0.1:5085/_asked)"
engine_stop
registry_stop

# The course.
echo '{}' >"$TMP/daemon.json"
engine_start --config-file "$TMP/daemon.json"
check "the image registry:2 is there" wait_for 20 S image inspect registry:2
check_rc "run -d -p 5000:5000 --name registry registry:2" 0 S run -d -p 5000:5000 --name registry registry:2
check "it answers" wait_for 20 curl -fs http://localhost:5000/v2/
S image tag busybox localhost:5000/my-image
check_match "push localhost:5000/my-image" '^latest: digest: sha256' "$(S push localhost:5000/my-image)"
S image remove localhost:5000/my-image >/dev/null
check_match "pull localhost:5000/my-image" '^Status: Downloaded newer image for localhost:5000/my-image:latest$' "$(S pull localhost:5000/my-image)"
check_eq "run localhost:5000/my-image" hi "$(S run --rm localhost:5000/my-image echo hi)"
address=$(S inspect -f '{{.NetworkSettings.IPAddress}}' registry)
S tag busybox "$address:5000/by-address"
check_match "by address only with TLS" 'http: server gave HTTP response to HTTPS client' "$(S push "$address:5000/by-address" 2>&1)"
printf '{"insecure-registries":["%s.0/24"]}\n' "${address%.*}" >"$TMP/daemon.json"
kill -HUP "$ENGINE_PID"
check "or once insecure-registries has its network" wait_for 10 S push "$address:5000/by-address"
S rm -f -v registry >/dev/null
finish
