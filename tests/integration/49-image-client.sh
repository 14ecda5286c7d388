#!/usr/bin/env bash
# The command line for images: pull, push, save, load, import, login, search, manifest and check. First against an engine with canned
# answers, where a real docker has to say the same; then against ours and a registry.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../canned.sh
. "$ROOT/tests/canned.sh"
# shellcheck source=../registries.sh
. "$ROOT/tests/registries.sh"
canned_start
DIGEST=sha256:612070b867f1a7dd0068af61948992485afaff690e13039a2ab0afa9a5834e59

answer POST '^/images/create' 200 <<'EOF'
{"status":"Pulling from library/x","id":"latest"}
{"status":"Pulling fs layer","progressDetail":{},"id":"aaaaaaaaaaaa"}
{"status":"Waiting","progressDetail":{},"id":"bbbbbbbbbbbb"}
{"status":"Downloading","progressDetail":{"current":12345,"total":1000000},"progress":"[>    ]  12.35kB/1MB","id":"aaaaaaaaaaaa"}
{"status":"Downloading","progressDetail":{"current":2000000,"total":1000000},"id":"bbbbbbbbbbbb"}
{"status":"Downloading","progressDetail":{"current":2000000},"id":"bbbbbbbbbbbb"}
{"status":"Verifying Checksum","progressDetail":{},"id":"aaaaaaaaaaaa"}
{"status":"Extracting","progressDetail":{"current":5,"total":10,"units":"s"},"id":"aaaaaaaaaaaa"}
{"status":"Extracting","progressDetail":{"current":5,"total":10,"hidecounts":true},"id":"bbbbbbbbbbbb"}
{"status":"Pull complete","progressDetail":{},"id":"aaaaaaaaaaaa"}
{"status":"Digest: sha256:612070b867f1a7dd0068af61948992485afaff690e13039a2ab0afa9a5834e59"}
{"status":"Extracting","progressDetail":{"current":5,"total":10},"id":"cccccccccccc"}
{"status":"Status: Downloaded newer image for x:latest"}
EOF
answer POST '^/images/localhost:5000/bad/push' 200 <<'EOF'
{"status":"The push refers to repository [localhost:5000/bad]"}
{"status":"Preparing","progressDetail":{},"id":"aee520a8261b"}
{"errorDetail":{"message":"no basic auth credentials"},"error":"no basic auth credentials"}
EOF
answer POST '^/images/.*/push' 200 <<'EOF'
{"status":"The push refers to repository [docker.io/library/x]"}
{"status":"Pushing","progressDetail":{"current":19968,"total":1984166},"id":"aee520a8261b"}
{"status":"Pushed","progressDetail":{},"id":"aee520a8261b"}
{"status":"latest: digest: sha256:612070b867f1a7dd0068af61948992485afaff690e13039a2ab0afa9a5834e59 size: 527"}
{"progressDetail":{},"aux":{"Tag":"latest"}}
EOF
answer POST '^/images/load' 200 <<<'{"stream":"Loaded image: x:1\n"}'
answer GET '^/images/get\?names=gone' 404 <<<'{"message":"No such image: gone"}'
answer GET '^/images/get' 200 <<<'not really a tar'
answer GET '^/images/search' 200 <<'EOF'
[{"star_count":3,"is_official":false,"name":"foo/bar","is_automated":true,"description":"A very long description of something that is \nlonger than forty-five characters"},
 {"star_count":30,"is_official":true,"name":"bar","is_automated":false,"description":"Official"}]
EOF
answer POST '^/containers/create' 404 <<<'{"message":"No such image: x:latest"}'
answer POST '^/auth' 200 <<<'{"IdentityToken":"","Status":"Login Succeeded"}'
answer POST '^/images/.*/tag' 201 </dev/null

# pull
same "pull, without a terminal" pull x
for width in 130 111 110 60; do COLUMNS_WIDE=$width same "pull on a terminal of $width columns" pull x; done
same "pull -q" pull -q x
same "pull -a" pull -a x
same "pull -a of a tag" pull -a x:1
same "pull of another registry, for another platform" pull --platform linux/ARM64 localhost:5000/a/b:v1
same "pull by digest" pull "x:1@$DIGEST"
for name in 'Bad Name' A/b foo/bar:v1 localhost/x -- x@sha256:12 x_y__z--w/a.b x___y x: :x '' /x a//b '[::1]:5000/x' index.docker.io/foo foo.bar/x:tag_1 \
    -..-/x a-/b a..b 127.0.0.1:x/y "${DIGEST#sha256:}" "$(printf 'a%.0s' {1..260})" "x:$(printf 't%.0s' {1..129})"; do
    same "the name '${name:0:40}'" pull "$name"
done
check_match "without checks of signatures only" "signatures of images are not checked here" "$(ours pull --disable-content-trust=false x)"

# push
same "push" push x
COLUMNS_WIDE=130 same "push on a terminal" push x:2
same "push -q" push -q localhost:5000/x
same "push -a" push -a foo/x
same "push of a digest" push "x@$DIGEST"
same "push that fails" push localhost:5000/bad

# load, save, import
echo tar >"$TMP/some.tar"
mkdir "$TMP/dir"
cd "$TMP" || exit 1
same "load -i" load -i some.tar
same "load -q" load -q -i some.tar
INPUT=some.tar same "load from stdin" load
COLUMNS_WIDE=80 same "load on a terminal asks for progress" load -i some.tar
same "load of what is not there" load -i nofile
same "save -o" save -o saved x y:1
check_eq "what was saved is complete, and for its owner alone" "not really a tar 600" "$(cat saved) $(stat -c %a saved)"
same "save of what is not there" save -o saved2 gone
check_eq "leaves nothing" "" "$(ls saved2* 2>/dev/null)"
echo before >kept
ours save -o kept gone >/dev/null
check_eq "and what was there as it was" before "$(cat kept)"
for place in dir /no/such/dir/x some.tar/x /dev/null; do same "save to $place" save -o "$place" x; done
COLUMNS_WIDE=80 same "save to a terminal" save x
same "import" import some.tar
INPUT=some.tar same "import from stdin, with a name" import - a:1
same "import from an address" import http://somewhere/x.tar a
same "import under a bad name" import some.tar Bad
same "tag" tag x y:2
same "tag with a digest" tag x "y@$DIGEST"

# A save that is broken off leaves nothing, even by SIGKILL.
mkfifo gate
python3 - "$TMP/slow.sock" <<'EOF' &
import socket, sys, time
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
client, _ = server.accept()
client.recv(65536)
client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
open("started", "w").close()
client.recv(1)
EOF
wait_for 10 test -S "$TMP/slow.sock"
"$B/slipway" -H "unix://$TMP/slow.sock" save -o half x &
client=$!
wait_for 10 test -e started
check_eq "the file has no name while it is not whole" "" "$(ls half* 2>/dev/null)"
kill -KILL $client; wait $client 2>/dev/null
check_eq "nor after a SIGKILL" "" "$(ls half* 2>/dev/null)"

# run and create pull what they miss
for command in "run x" "run --pull never x" "run --pull always x" "run -q x" "create x:1" "create --pull always -q x" "create 15bb21e62226" \
    "run --pull sometimes x" "run Foo" "run $DIGEST" "run --pull always --platform linux/arm64 x"; do
    # shellcheck disable=SC2086
    same "$command" $command
done
COLUMNS_WIDE=120 same "run on a terminal" run x

# search
for command in "search x" "search" "search --limit 3 --no-trunc x" "search --format json x" "search --format {{.Name}}:{{.IsOfficial}} x" \
    "search --filter stars=3 -f is-official=true x" "search --filter x x" "search --format {{.Nope}} x"; do
    # shellcheck disable=SC2086
    same "$command" $command
done

# Lists: of images with several names, with digests alone, without any; what the disk has; history
answer GET '^/images/json' 200 <<'EOF'
[{"Containers":1,"Created":1700000000,"Id":"sha256:15bb21e62226b3419e73b03687bceccf0b50f2315e769c9c3da3a36d94a5c4e0","RepoDigests":["busybox@sha256:612070b867f1a7dd0068af61948992485afaff690e13039a2ab0afa9a5834e59","busybox@sha256:812070b867f1a7dd0068af61948992485afaff690e13039a2ab0afa9a5834e59"],"RepoTags":["busybox:latest","busybox:v2"],"SharedSize":1000000,"Size":1984166,"VirtualSize":1984166},
 {"Containers":0,"Created":1600000000,"Id":"sha256:25bb21e62226b3419e73b03687bceccf0b50f2315e769c9c3da3a36d94a5c4e0","RepoDigests":["host:5000/nb@sha256:612070b867f1a7dd0068af61948992485afaff690e13039a2ab0afa9a5834e59"],"RepoTags":[],"SharedSize":0,"Size":3984166,"VirtualSize":3984166},
 {"Containers":-1,"Created":1500000000,"Id":"sha256:35bb21e62226b3419e73b03687bceccf0b50f2315e769c9c3da3a36d94a5c4e0","RepoDigests":[],"RepoTags":[],"SharedSize":-1,"Size":3984,"VirtualSize":3984}]
EOF
answer GET '^/images/.*/history' 200 <<'EOF'
[{"Comment":"","Created":1795253236,"CreatedBy":"/bin/sh -c #(nop)  CMD [\"/one\"] and a very long line that goes\ton and on","Id":"sha256:9b66ad9e302b7fef4c0d2149524e019051a262a605b6cdeda04fb8bb97b6a634","Size":0,"Tags":["a:1"]},
 {"Comment":"Imported from -","Created":0,"CreatedBy":"","Id":"<missing>","Size":1984166,"Tags":null}]
EOF
answer GET '^/system/df' 200 <<'EOF'
{"LayersSize":5000000,"Images":[{"Containers":1,"Created":1700000000,"Id":"sha256:15bb21e62226b3419e73b03687bceccf0b50f2315e769c9c3da3a36d94a5c4e0","RepoTags":["busybox:latest"],"SharedSize":1000000,"Size":1984166,"VirtualSize":1984166},
 {"Containers":-1,"Created":1600000000,"Id":"sha256:35bb21e62226b3419e73b03687bceccf0b50f2315e769c9c3da3a36d94a5c4e0","RepoTags":[],"SharedSize":-1,"Size":3984,"VirtualSize":3984}],
 "Containers":[],"Volumes":[],"BuildCache":[{"ID":"abcdefabcdefabcdef","Type":"regular","InUse":true,"Shared":false,"Size":1000,"CreatedAt":"2026-11-21T07:41:39Z","LastUsedAt":null,"UsageCount":2}]}
EOF
answer POST '^/images/prune' 200 <<<'{"ImagesDeleted":[{"Untagged":"a:b"},{"Deleted":"sha256:15bb"}],"SpaceReclaimed":1234567}'
answer POST '^/build/prune' 200 <<<'{"CachesDeleted":["abc","def"],"SpaceReclaimed":1234567}'
answer DELETE '^/images/gone' 404 <<<'{"message":"No such image: gone:latest"}'
answer DELETE '^/images/' 200 <<<'[{"Untagged":"a:b"},{"Deleted":"sha256:15bb"}]'
for command in "images" "images -a" "images -q" "images --digests" "images --no-trunc" "images -q --no-trunc --digests" "images --format json" \
    "images --digests --format json" "images -f label=a busybox" "images --format {{.Digest}}" "images -f nothing" "history x" "history --no-trunc x" \
    "history -q x" "history -H=false x" "history --format json x" "system df" "system df -v" "system df --format json" "image prune" \
    "image prune -f" "image prune -af --filter until=1h --filter label=a" "rmi x" "rmi x gone" "rmi -f gone x" "rmi" "image rm -f --no-prune x y" \
    "builder prune" "builder prune -a" "builder prune --filter until=1h -f"; do
    # shellcheck disable=SC2086
    same "$command" $command
done

# login: what is asked for, what is kept
CONFIG=$CANNED/config/config.json
fresh() { rm -f "$CONFIG"; [ $# = 0 ] || printf '%s' "$1" >"$CONFIG"; }
echo pw >pw
for command in "login localhost:5000" "login -u a localhost:5000" "login -p a localhost:5000" "login -u a -p b localhost:5000" \
    "login --password-stdin localhost:5000" "login -u a -p b --password-stdin x" "login -u a --password-stdin localhost:5000" "logout" \
    "logout https://localhost:5000/v2/" "login --nosuch"; do
    fresh
    # shellcheck disable=SC2086
    INPUT=/dev/null same "$command" $command
done
fresh
INPUT=pw same "login with a password from stdin" login -u a --password-stdin https://localhost:5000/v2/
check_eq "it is kept as Docker keeps it, for its owner alone" '{"auths":{"localhost:5000":{"auth":"YTpwdw=="}}} 600' "$(jq -c . "$CONFIG") $(stat -c %a "$CONFIG")"
have_docker && { fresh; INPUT=pw said "$REAL_DOCKER" login -u a --password-stdin localhost:5000 >/dev/null; cp "$CONFIG" theirs; }
fresh
INPUT=pw ours login -u a --password-stdin localhost:5000 >/dev/null
have_docker && check_eq "byte for byte" "$(cat theirs)" "$(cat "$CONFIG")"
ours pull -q localhost:5000/x >/dev/null
check_eq "and goes along with a pull" '{"username":"a","password":"pw","serveraddress":"localhost:5000"}' "$(sent_head X-Registry-Auth | base64 -d)"
ours pull -q elsewhere:5000/x >/dev/null
check_eq "not to another registry" '{}' "$(sent_head X-Registry-Auth | base64 -d)"
ours push localhost:5000/x >/dev/null
check_eq "with a push too" '"a"' "$(sent_head X-Registry-Auth | base64 -d | jq .username)"
ours search localhost:5000/x >/dev/null
check_eq "and a search" '"a"' "$(sent_head X-Registry-Auth | base64 -d | jq .username)"
same "login with what is kept" login localhost:5000
ours logout localhost:5000 >/dev/null
check_eq "logout forgets it" '{"auths":{}}' "$(jq -c . "$CONFIG")"
fresh '{"auths":{"http://localhost:5000":{"auth":"YTpwdw=="}},"HttpHeaders":{"A":"b"},"mine":[1,2]}'
ours pull -q localhost:5000/x >/dev/null
check_eq "what was kept under an address counts" '"pw"' "$(sent_head X-Registry-Auth | base64 -d | jq .password)"
INPUT=pw ours login -u b --password-stdin localhost:5001 >/dev/null
check_eq "other keys of the file stay" '{"HttpHeaders":{"A":"b"},"mine":[1,2]}' "$(jq -c 'del(.auths)' "$CONFIG")"
ln -s "$CONFIG" "$TMP/link.json"
mkdir "$TMP/linked" && ln -s ../canned/config/config.json "$TMP/linked/config.json"
printf 'pw' | DOCKER_CONFIG=$TMP/linked DOCKER_HOST=unix://$CANNED_SOCK S login -u c --password-stdin localhost:5002 >/dev/null 2>&1
check_eq "a link to the file stays one" "yes 3" "$([ -L "$TMP/linked/config.json" ] && echo yes) $(jq '.auths | length' "$CONFIG")"
fresh 'junk'
check_match "a broken file is told of" "WARNING: Error loading config file: .*config.json" "$(ours pull -q x)"
check_match "and not written over" "Error saving credentials: Error loading config file" "$(INPUT=pw ours login -u a --password-stdin x.y)"
check_eq "indeed" junk "$(cat "$CONFIG")"

# A terminal is asked; the password is not echoed.
typed() { # ANSWERS COMMAND...: answers by lines
    python3 - "$@" <<'EOF'
import os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
answers, seen, out = sys.argv[1].split("|"), 0, b""
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    out += data
    if answers and out[seen:].endswith(b": "):
        seen = len(out)
        os.write(fd, answers.pop(0).encode() + b"\n")
os.waitpid(pid, 0)
sys.stdout.write(out.decode())
EOF
}
fresh
talk=$(HOME=$CANNED/home DOCKER_CONFIG=$CANNED/config DOCKER_HOST=unix://$CANNED_SOCK typed 'bob|secret' "$B/slipway" login localhost:5000)
check_match "a terminal is asked for name and password" "Username: bob.*Password: .*Login Succeeded" "$(tr '\r\n' '  ' <<<"$talk")"
check_no_match "the password is not shown" secret "$talk"
check_eq "and arrives" '{"username":"bob","password":"secret","serveraddress":"localhost:5000"}' "$(cat "$(newest body)")"
check_match "no password is none" "Error: Password Required" "$(HOME=$CANNED/home DOCKER_CONFIG=$CANNED/config DOCKER_HOST=unix://$CANNED_SOCK typed 'bob|' "$B/slipway" login localhost:5001)"
check_match "no name is none" "Error: Non-null Username Required" "$(HOME=$CANNED/home DOCKER_CONFIG=$CANNED/config DOCKER_HOST=unix://$CANNED_SOCK typed '|' "$B/slipway" login localhost:5001)"

# Credential helpers
cat >"$TMP/docker-credential-fake" <<'EOF'
#!/bin/sh
input=$(cat)
echo "$1 $input" >>"$HELPED/log"
[ ! -e "$HELPED/broken" ] || { echo "it is broken"; exit 3; }
case $1 in
store) echo "$input" >"$HELPED/secret" ;;
erase) rm -f "$HELPED/secret" ;;
get) cat "$HELPED/secret" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
list) [ -e "$HELPED/secret" ] && echo '{"helped:5000":"hal"}' || echo '{}' ;;
esac
EOF
chmod +x "$TMP/docker-credential-fake"
export HELPED=$TMP/helped PATH="$TMP:$PATH"
mkdir "$HELPED"
fresh '{"credsStore":"fake"}'
INPUT=pw ours login -u hal --password-stdin helped:5000 >said
check_eq "a helper gets the password" '{"ServerURL":"helped:5000","Username":"hal","Secret":"pw"}' "$(cat "$HELPED/secret")"
check_eq "the file only a mark" '{"credsStore":"fake","auths":{"helped:5000":{}}}' "$(jq -c . "$CONFIG")"
check_no_match "so nobody is warned" WARNING "$(cat said)"
ours pull -q helped:5000/x >/dev/null
check_eq "the helper is asked for it" '"hal"' "$(sent_head X-Registry-Auth | base64 -d | jq .username)"
echo '{"ServerURL":"helped:5000","Username":"<token>","Secret":"tok"}' >"$HELPED/secret"
ours pull -q helped:5000/x >/dev/null
check_eq "an identity token is one" '{"serveraddress":"helped:5000","identitytoken":"tok"}' "$(sent_head X-Registry-Auth | base64 -d)"
touch "$HELPED/broken"
check_match "a helper that fails is told of" 'WARNING: error getting credentials - err: exit status 3, out: `it is broken`' "$(ours pull -q helped:5000/x)"
check_match "and nothing is kept" 'Error saving credentials: error storing credentials - err: exit status 3, out: `it is broken`' "$(INPUT=pw ours login -u a --password-stdin helped:5000)"
check_match "logout says it" "WARNING: could not erase credentials" "$(ours logout helped:5000)"
rm "$HELPED/broken"
ours logout helped:5000 >/dev/null
check_eq "logout takes it from the helper" "no" "$([ -e "$HELPED/secret" ] && echo yes || echo no)"
fresh '{"credHelpers":{"other:5000":"nosuch"}}'
check_match "a helper that is not there is named" 'exec: "docker-credential-nosuch": executable file not found in \$PATH' "$(ours pull -q other:5000/x)"
check_no_match "and not asked about others" nosuch "$(ours pull -q helped:5000/x)"
fresh

# An upload is answered while it is under way: an engine that tells much before it has all does not wait for us, nor we for it.
python3 - "$TMP/chatty.sock" <<'EOF' &
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
client, _ = server.accept()
client.recv(1000)
client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
line = b'{"stream":"' + b"x" * 4000 + b'\\n"}\n'
for _ in range(1000):
    client.sendall(b"%x\r\n%s\r\n" % (len(line), line))
got = b""
while b"0\r\n\r\n" not in got[-16:]:
    got = got[-16:] + client.recv(65536)
client.sendall(b"0\r\n\r\n")
EOF
wait_for 10 test -S "$TMP/chatty.sock"
head -c 8000000 /dev/zero >zeros
check_eq "four megabytes of answer beside eight of upload" 1000 "$(timeout 60 "$B/slipway" -H "unix://$TMP/chatty.sock" load -i zeros | wc -l)"
canned_stop

# The real engine
engine_start
S save -o both.tar busybox slipway/lab 2>/dev/null || S save -o both.tar busybox
ID=$(S images -q --no-trunc busybox)
S rmi busybox >/dev/null
check_eq "load tells the name" "Loaded image: busybox:latest" "$(S load -i both.tar | grep busybox)"
check_eq "the image is the same" "$ID" "$(S images -q --no-trunc busybox)"
check_match "system check finds nothing" "^[0-9]+ images, [0-9]+ layers: 0 problems$" "$(S system check)"
check_eq "system check -q is silent then" "" "$(S system check -q)"
layer=$(S image inspect -f '{{.GraphDriver.Data.UpperDir}}' busybox)
echo spoiled >>"$layer/etc/passwd"
check_match "it names what was changed" "^layer sha256:[0-9a-f]{64}: " "$(S system check -q)"
check_rc "and fails" 1 S system check
if have_registry; then
    registry_start 127.0.0.1:5055
    ip address add 10.99.0.1/32 dev lo
    registry_start 10.99.0.1:5057
    S rmi -f busybox >/dev/null; S load -q -i both.tar >/dev/null
    S tag busybox 127.0.0.1:5055/bb
    check_match "push tells the digest" "^latest: digest: sha256:[0-9a-f]{64} size: [0-9]+$" "$(S push 127.0.0.1:5055/bb)"
    check_eq "manifest inspect shows what the registry has" "$(curl -s -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' http://127.0.0.1:5055/v2/bb/manifests/latest | jq -cS .)" "$(S manifest inspect 127.0.0.1:5055/bb | jq -cS .)"
    check_eq "with tabs" "	\"schemaVersion\": 2," "$(S manifest inspect 127.0.0.1:5055/bb | sed -n 2p)"
    check_eq "-v with platform and text" "linux 2 127.0.0.1:5055/bb:latest" "$(S manifest inspect -v 127.0.0.1:5055/bb | jq -r '"\(.Descriptor.platform.os) \(.SchemaV2Manifest.schemaVersion) \(.Ref)"')"
    size=$(curl -s -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' http://127.0.0.1:5055/v2/bb/manifests/latest | wc -c)
    digest=$(S image inspect -f '{{index .RepoDigests 0}}' 127.0.0.1:5055/bb); digest=${digest#*@}
    entry="\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\",\"size\":$size,\"digest\":\"$digest\",\"platform\":{\"architecture\""
    curl -s -X PUT -H 'Content-Type: application/vnd.docker.distribution.manifest.list.v2+json' http://127.0.0.1:5055/v2/bb/manifests/multi --data-binary \
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.docker.distribution.manifest.list.v2+json\",\"manifests\":[{$entry:\"amd64\",\"os\":\"linux\"}},{$entry:\"arm64\",\"os\":\"linux\",\"variant\":\"v8\"}}]}"
    for what in bb "-v bb" bb:multi "-v bb:multi" nosuch bb:nosuch "bb@$digest" Bad; do
        name=127.0.0.1:5055/${what#-v } flag=${what%%[!-v]*}
        have_docker || { skip "manifest inspect $what" "there is no docker"; continue; }
        theirs=$(DOCKER_CONFIG=$TMP/empty D manifest inspect --insecure ${flag:+"-v"} "$name" 2>&1; echo "exit $?")
        check_eq "manifest inspect $what is as docker's, which asks the registry itself" "$theirs" "$("$B/docker" manifest inspect --insecure ${flag:+"-v"} "$name" 2>&1; echo "exit $?")"
    done
    check_eq "of what is not there" "no such manifest: 127.0.0.1:5055/nosuch:latest" "$(S manifest inspect 127.0.0.1:5055/nosuch 2>&1)"
    check_rc "is an error" 1 S manifest inspect 127.0.0.1:5055/nosuch
    check_rc "two names are not" 1 S manifest inspect a b
    S rmi 127.0.0.1:5055/bb busybox >/dev/null
    check_match "run pulls what it misses, on stderr" "^ran$" "$(S run --rm 127.0.0.1:5055/bb echo ran 2>"$TMP/err")"
    check_match "and says so" "^Unable to find image '127.0.0.1:5055/bb:latest' locally" "$(cat "$TMP/err")"
    check_match "from elsewhere nothing comes without TLS" "server gave HTTP response to HTTPS client" "$(S manifest inspect 10.99.0.1:5057/x 2>&1)"
    check_match "unless that is wanted" "^no such manifest: 10.99.0.1:5057/x:latest$" "$(S manifest inspect --insecure 10.99.0.1:5057/x 2>&1)"
else
    skip "registries" "there is no docker-registry"
fi
finish
