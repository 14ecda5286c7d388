#!/bin/bash
# Registries that lie, hang, break off, redirect in circles, are overloaded: clear errors, nothing half-stored; what can be saved is.
. "$(dirname "$0")/../lib.sh"
command -v python3 >/dev/null || { skip "hostile registries" "python3 is not installed"; exit 0; }

PORT=5071 OTHER=5072 AWAY=5073
R=127.0.0.1:$PORT
peer() { # PORT: the misbehaving registry
    ELSEWHERE=127.0.0.1:$OTHER python3 -B "$ROOT/tests/registry_peer.py" registry "$1" "$TMP/" >"$TMP/peer-$1.log" 2>&1 &
    disown
    wait_for 10 curl -fs "http://127.0.0.1:$1/_reset" || not_ok "the peer at $1 starts" "$(cat "$TMP/peer-$1.log")"
}
asked() { curl -fsg "http://127.0.0.1:${2:-$PORT}/_asked/${1// /%20}"; }
reset() { curl -fs "http://$R/_reset" >/dev/null; curl -fs "http://127.0.0.1:$OTHER/_reset" >/dev/null; }
# All that the store holds but what it remembers of registries, and its own note of what is on disk for good.
stored() { find "$DATA/overlay2" "$DATA/image" -path '*/distribution*' -prune -o -path '*/spare/*' -prune -o ! -name unsynced -printf '%P\n' | sort; }
unchanged() { [ "$(stored)" = "$BEFORE" ] && ! ls -l "/proc/$ENGINE_PID/fd" | grep -q deleted; }
digest_of() { curl -fs "http://$R/v2/$1/manifests/${2:-1}" | sha256sum | cut -d' ' -f1; }
config_of() { curl -fs "http://$R/_config/$1"; }

refused() { # REPOSITORY WHAT REGEX [OPTIONS OF PULL...]
    local out rc name=$1 what=$2 regex=$3
    shift 3
    BEFORE=$(stored)
    out=$(timeout 60 "$B/slipway" pull "$@" "$R/$name:1" 2>&1) && rc=0 || rc=$?
    if [ "$rc" != 1 ] || ! grep -Eq -- "$regex" <<<"$out"; then
        not_ok "$what: refused" "exit: $rc, wanted 1" "wanted a match of: $regex" "got: $out"
    elif ! wait_for 5 unchanged; then
        not_ok "$what: nothing stays" "$(diff <(echo "$BEFORE") <(stored))" "$(ls -l "/proc/$ENGINE_PID/fd" | grep deleted)"
    else
        ok "$what: refused, and nothing stays"
    fi
}
pulled() { # REPOSITORY WHAT
    local out
    if out=$(timeout 60 "$B/slipway" pull "$R/$1:1" 2>&1) && [ "$(S image inspect -f '{{.Id}}' "$R/$1:1")" = "$(config_of "$1")" ]; then
        ok "$2"
    else
        not_ok "$2" "output: $out" "wanted: $(config_of "$1")"
    fi
}

peer $PORT
WANTS_TOKEN=yes peer $OTHER
SENT_AWAY=yes peer $AWAY
SLIPWAY_REGISTRY_STALL=1 engine_start --max-download-attempts 3
wait_for 20 S image inspect registry:2

pulled good "an image of two layers is pulled"
check_eq "and known by its digest" "$R/good@sha256:$(digest_of good)" "$(S image inspect -f '{{index .RepoDigests 0}}' $R/good:1)"

# Documents.
refused schema1 "a schema 1 manifest" "schema 1 manifest"
refused plugin "a plugin" 'Encountered remote "application/vnd.docker.plugin.v1\+json"\(plugin\) when fetching'
refused odd-layer "a layer of an unknown kind" 'unsupported media type "text/html" of layer'
refused sha512 "a digest that is not SHA-256" "only sha256 is supported"
refused no-layers "an image without layers" "without layers"
refused hundreds "200 layers" "max depth exceeded"
refused both "a document that is manifest and index at once" "could be an image or an index"
refused no-json "HTML instead of a manifest" "manifest is not valid"
refused deep "JSON that is nested 50,000 deep" "nested deeper"
refused huge "a manifest of 5 MiB" "larger than 4194304 bytes"
refused wrong-type "a manifest that is called an index" "mediaType in manifest should be"
refused other-digest "a manifest with another digest" "manifest verification failed for digest sha256:"
refused circle "indexes that lead to indexes" "no image is reached"
refused nowhere "an index without this machine" "no matching manifest for linux/amd64 in the manifest list entries"
refused windows "an image for Windows" 'operating system "windows" cannot be used'
refused zero-config "a configuration with a NUL in it" "configuration sha256:[0-9a-f]{12} is not valid: no JSON object"
refused too-few "fewer layers than diff IDs" "layers from manifest don't match image configuration"
pulled nested "an index in an index leads to its image"

# Layers.
refused flipped "a flipped bit" "filesystem layer verification failed for digest sha256:"
refused longer "a layer that is longer than its manifest says" "is larger than the [0-9]+ bytes"
refused shorter "a layer that is shorter than its manifest says" "ended after|is smaller than|verification failed"
refused missing "a layer that is not there" "blob unknown"
refused no-tar "a layer that is no tar" "failed to register layer"
refused escape "a layer that leads out of its directory" "failed to register layer"
check "and nothing got out" test ! -e /escaped
refused other-diff "a layer with another diff ID" "don't match image configuration"
pulled twice "an image with the same layer twice is pulled"
check_eq "which is fetched once" 1 "$(asked "GET /v2/twice/blobs/$(curl -fs "http://$R/_layer/twice")")"

# Connections.
reset
pulled cut "a download that breaks off three times is taken up"
check_eq "where it broke, for both layers" 6 "$(curl -fs "http://$R/_log" | grep -c '/v2/cut/blobs.*bytes=[1-9]')"
pulled no-ranges "a registry without ranges sends all again"
refused wrong-range "a registry that goes on at another byte" "was asked for the rest of"
refused cut-always "a download that always breaks at the same byte" "ended after|unexpected EOF|verification failed"
refused hang "a registry that never answers" "timeout: the server accepted the connection"
refused hang-blob "a layer that never comes" "timeout: the server accepted the connection"
refused drip "a manifest that drips" "timeout: the server accepted the connection"
refused circle-redirect "a redirection to itself" "stopped after 10 redirects"
refused circle-blob "a layer that is redirected in a circle" "stopped after 10 redirects"
refused to-file "a redirection to a file" "only https is followed|nothing but http"
check_match "a registry that is not there" 'Get "http://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused' "$(S pull 127.0.0.1:5999/x 2>&1)"

# Too much to do.
for kind in busy-429 busy-503 busy-date; do
    reset
    pulled $kind "$kind: it is asked again, later"
done
refused busy-always "a registry that is always busy" "toomanyrequests: slow down"
check_eq "was asked as often as max-download-attempts says" 3 "$(asked 'GET /v2/busy-always/manifests')"

# Who may.
refused denied "what nobody may have" "pull access denied for $R/denied, repository does not exist or may require 'docker login': denied: requested access"
refused gone "a repository that is not there" "repository $R/gone not found: name unknown"
reset
pulled bearer "a token is got and sent"
check_match "for this repository" 'scope=repository%3Abearer%3Apull' "$(curl -fs "http://$R/_log" | grep token)"
reset
pulled expiring "a token that runs out in mid-flight is renewed"
check "more than once" test "$(asked 'GET /token')" -ge 2
refused stubborn "a registry that takes no token" "unauthorized: authentication required"
refused evil-realm "a token server that is a file" "not a valid http or https URL"
auth=$(printf '{"identitytoken":"longlived"}' | base64 -w0)
check_match "a refresh token is exchanged" "Downloaded newer" "$(api POST "/images/create?fromImage=$R/bearer-x2&tag=1" -H "X-Registry-Auth: $auth")"
check_eq "by POST" 1 "$(asked 'POST /token')"
login() { api POST /auth -H 'Content-Type: application/json' -d "{\"username\":\"me\",\"password\":\"$1\",\"serveraddress\":\"127.0.0.1:$OTHER\"}"; }
check_eq "a login gives the refresh token" '{"IdentityToken":"longlived","Status":"Login Succeeded"}' "$(login right)"
check_match "a login that is refused" 'Get ."http://127.0.0.1:5072/v2/.": unauthorized: incorrect username or password' "$(login wrong)"
reset
auth=$(printf '{"username":"me","password":"secret"}' | base64 -w0)
check_match "layers may be elsewhere" "Downloaded newer" "$(api POST "/images/create?fromImage=$R/redirected&tag=1" -H "X-Registry-Auth: $auth")"
check "and are fetched there" test "$(asked 'GET /elsewhere/redirected' $OTHER)" -ge 2
check_no_match "without credentials" 'Basic|Bearer' "$(curl -fs "http://127.0.0.1:$OTHER/_log")"
reset
check_match "a registry that sends us elsewhere at first is asked all the same" "Downloaded newer" \
    "$(api POST "/images/create?fromImage=127.0.0.1:$AWAY/sent-away&tag=1" -H "X-Registry-Auth: $auth")"
check_eq "the other place was seen" 1 "$(asked 'GET /v2/' $OTHER)"
check_no_match "and got no credentials for its challenge" 'token|Basic|Bearer' "$(curl -fs "http://127.0.0.1:$OTHER/_log")"

# Platforms and tags.
for platform in linux/arm64 linux/arm64/v8 linux/arm/v7 linux/s390x; do
    check_eq "--platform $platform" "${platform%/v*}" "$(S pull -q --platform $platform "$R/multi:1" >/dev/null; S image inspect -f '{{.Os}}/{{.Architecture}}' "$R/multi:1")"
done
check_match "--platform that is not there" 'no matching manifest for linux/mips64 in' "$(S pull --platform linux/mips64 "$R/multi:1" 2>&1)"
check_match "--platform of a single image" 'does not match the specified platform: wanted linux/arm64, actual: linux/amd64' \
    "$(S pull --platform linux/arm64 "$R/good:1" 2>&1)"
check_match "a list of tags in pages" "Downloaded newer image for $R/paged" "$(S pull -a "$R/paged" 2>&1)"
check_match "a list of tags without an end" "list of tags does not end" "$(S pull -a "$R/endless-tags" 2>&1)"
check_match "a tag that is none" "not a valid tag" "$(S pull -a "$R/odd-tags" 2>&1)"

# Two at once, and one who leaves.
reset
S pull -q "$R/slow:1" >"$TMP/one" 2>&1 & one=$!
S pull -q "$R/slow:latest" >"$TMP/two" 2>&1 & two=$!
wait $one; rc1=$?
wait $two; rc2=$?
check_eq "two pulls of one image succeed" "0 0" "$rc1 $rc2"
check_eq "each layer is fetched once" 1 "$(asked "GET /v2/slow/blobs/$(curl -fs "http://$R/_layer/slow")")"
# The same blob under other credentials is asked for by itself: whoever waited for it would get what he may perhaps not have.
reset
S pull -q "$R/hang-blob-x4:1" >/dev/null 2>&1 & one=$!
hanging() { [ "$(asked hang-blob-x4/blobs)" -ge "$1" ]; }
wait_for 10 hanging 2
same=$(asked hang-blob-x4/blobs)
curl -s --unix-socket "$SOCK" -X POST "http://d/images/create?fromImage=$R/hang-blob-x4&tag=1" \
    -H "X-Registry-Auth: $(printf '{"username":"me","password":"other"}' | base64 -w0)" >/dev/null & two=$!
check "a pull with other credentials does not share a download" wait_for 10 hanging $((same + 2))
kill -KILL $two; kill $one; wait $one $two 2>/dev/null
for credentials in '{"registrytoken":"a\r\nX-Evil: 1"}' '{"auth":"eDp5\r\nX-Evil: 1"}'; do
    check_match "credentials that would end their header are refused" 'the credentials for 127.0.0.1:[0-9]+ cannot be sent: (auth|registrytoken) has a control character' \
        "$(api POST "/images/create?fromImage=$R/bearer-x5&tag=1" -H "X-Registry-Auth: $(printf %s "$credentials" | base64 -w0)")"
done
wait_for 10 sh -c "! ls -l /proc/$ENGINE_PID/fd | grep -q deleted"
BEFORE=$(stored)
reset
S pull "$R/hang-blob-x3:1" >/dev/null 2>&1 & one=$!
both_hang() { [ "$(asked hang-blob-x3/blobs)" -ge 2 ]; }
wait_for 10 both_hang
kill -KILL $one; wait $one 2>/dev/null
check "a pull whose client leaves is given up" wait_for 10 unchanged

# Pushing.
push() { S tag busybox "$R/$1:1"; timeout 60 "$B/slipway" push "$R/$1:1" 2>&1; }
blob() { curl -fs "http://$R/v2/$1/manifests/1" | jq -r '.layers[0].digest'; }
check_match "an upload that breaks off twice is taken up" '1: digest: sha256:[0-9a-f]{64} size: 527' "$(push push-cut)"
check "where the registry says" test "$(asked 'GET /v2/push-cut/blobs/uploads')" -ge 1
check_eq "and is whole" "$(S image inspect -f '{{index .RootFS.Layers 0}}' busybox)" \
    "sha256:$(curl -fs "http://$R/v2/push-cut/blobs/$(blob push-cut)" | gzip -dc | sha256sum | cut -d' ' -f1)"
check_match "an upload that the registry lost begins anew" '1: digest: sha256' "$(push push-lost)"
check_match "an upload that leads nowhere" 'does not say where to upload to' "$(push no-location)"
check_match "an upload that the registry calls done before it began" 'a blob is there of which it has not been told' "$(push already-there)"
check_match "a push that is denied" 'denied: requested access to the resource is denied' "$(push denied)"
kill -0 "$ENGINE_PID" 2>/dev/null && ok "the engine lives" || not_ok "the engine lives" "$(tail -5 "$TMP/engine.log")"
finish
