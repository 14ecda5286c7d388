#!/usr/bin/env bash
# `build` on the client's side: what of a directory is sent and how, what the flags become, what is shown. First against an engine with
# canned answers, where a real docker has to do the same, down to the entries of the tar; then against ours.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../canned.sh
. "$ROOT/tests/canned.sh"
canned_start

answer POST '^/build\?.*dockerfile=refused' 400 <<<'{"message":"dockerfile parse error line 2: unknown instruction: FOO"}'
answer POST '^/build\?.*target=failing' 200 <<'EOF'
{"stream":"Step 1/1 : RUN exit 5"}
{"stream":"\n"}
{"errorDetail":{"code":5,"message":"The command '/bin/sh -c exit 5' returned a non-zero code: 5"},"error":"The command '/bin/sh -c exit 5' returned a non-zero code: 5"}
EOF
answer POST '^/build\?.*slipway-explain=1' 200 <<'EOF'
{"stream":"Step 1/2 : COPY . /"}
{"stream":"\n"}
{"slipway":{"step":1,"of":2,"cache":"hit","why":"the same files"}}
{"slipway":{"step":2,"of":2,"cache":"miss","reason":"files","why":"files differ","changed":["a","b"],"added":["c"],"removed":[]}}
EOF
answer POST '^/build\?(.*&)?q=1' 200 <<'EOF'
{"stream":"sha256:15bb21e62226b3419e73b03687bceccf0b50f2315e769c9c3da3a36d94a5c4e0\n"}
EOF
answer POST '^/build' 200 <<'EOF'
{"stream":"Step 1/1 : FROM x"}
{"stream":"\n"}
{"status":"Pulling from library/x","id":"latest"}
{"status":"Downloading","progressDetail":{"current":12345,"total":1000000},"id":"aaaaaaaaaaaa"}
{"status":"Pull complete","progressDetail":{},"id":"aaaaaaaaaaaa"}
{"stream":" ---\u003e 15bb21e62226\n"}
{"aux":{"ID":"sha256:15bb21e62226b3419e73b03687bceccf0b50f2315e769c9c3da3a36d94a5c4e0"}}
{"stream":"Successfully built 15bb21e62226\n"}
EOF

# The entries of the tar that was sent last, with all that a tar tells of them.
sent_tar() {
    python3 - "$(newest body)" <<'EOF'
import re, sys, tarfile
for entry in tarfile.open(sys.argv[1]):
    print(re.sub(r"\.dockerfile\.[0-9a-f]{20}", ".dockerfile.X", entry.name), entry.type, oct(entry.mode), entry.uid, entry.gid,
          entry.uname, entry.gname, "now" if entry.mtime > 1700100000 else entry.mtime, entry.size, entry.linkname,
          entry.pax_headers)
EOF
}
same_tar() { # NAME ARGUMENTS...
    local name=$1 theirs; shift
    have_docker || { skip "$name" "there is no docker"; return; }
    same "$name" build "$@"
    said "$REAL_DOCKER" build "$@" >/dev/null; theirs=$(sent_tar)
    ours build "$@" >/dev/null
    check_eq "$name: the same tar" "$theirs" "$(sent_tar)"
}

cd "$TMP" || exit 1
mkdir -p ctx/d/e ctx/n ctx/sub
echo 'FROM x' >ctx/Dockerfile; echo a >ctx/a; echo f >ctx/d/e/f; : >ctx/empty
ln -s a ctx/link; ln -s nowhere ctx/dangling; ln ctx/a ctx/hard; ln ctx/a ctx/d/hard2; mkfifo ctx/fifo
chown 1000:1000 ctx/a; chmod 4755 ctx/d/e/f; touch -d '2001-01-01 12:00:00.5' ctx/empty
head -c 700000 /dev/zero >ctx/zeros
echo long >"ctx/n/$(printf 'x%.0s' {1..150})"; echo unicode >ctx/ünï
cp /bin/true ctx/cap
python3 -c 'import os; os.setxattr("ctx/cap", "security.capability", bytes.fromhex("0100000200200000000000000000000000000000")); os.setxattr("ctx/a", "user.mine", b"stays here")'
same_tar "a directory with everything" ctx
ignoring() { printf "$1" >ctx/.dockerignore; same_tar ".dockerignore $(tr '\n' ' ' <ctx/.dockerignore)" ctx; }
for patterns in 'a\n' '*\n!a\n' 'Dockerfile\n.dockerignore\n' '*\n!d/e/f\n' 'd\n!d/hard2\n' '\n# c\n*.x\n' '*\n!**/f\n' '/d/\n' 'd/*\n!d/e\n' '**/f\n' '?\n' ''; do
    ignoring "$patterns"
done
printf '[\n' >ctx/.dockerignore; same "a bad pattern" build ctx
rm ctx/.dockerignore

# Where the Dockerfile is, and where the context
same "no Dockerfile" build ctx/sub
echo 'FROM y' >ctx/sub/Other; echo 'FROM z' >outside; printf 'FROM x\n' >text; : >nothing
same_tar "-f within the context" -f ctx/sub/Other ctx
for where in nofile no/such/file ../x/y ctx ctx/sub; do same "-f $where" build -f $where ctx; done
cp -r ctx/sub small; mv small/Other small/dockerfile
same_tar "a small dockerfile" small
INPUT=text same_tar "a Dockerfile on stdin" -
INPUT=nothing same_tar "nothing on stdin" -
tar -C ctx -cf ctx.tar . ; gzip -k ctx.tar; xz -k ctx.tar 2>/dev/null
for file in ctx.tar ctx.tar.gz ctx.tar.xz; do
    [ -e $file ] || continue
    INPUT=$file ours build - >/dev/null
    check_eq "$file on stdin goes as it is" "$(md5sum <$file)" "$(md5sum <"$(newest body)")"
    INPUT=$file same "$file with -f" build -f sub/Other -q -
done
INPUT=text same "-f with a Dockerfile on stdin" build -f x -
same "both from stdin" build -f - -
for place in nodir ./nodir/ text; do same "the context $place" build $place; done
ours build -f outside ctx >/dev/null
check_match "a Dockerfile from outside goes along under a name of its own" '^\.dockerfile\.[0-9a-f]{20} 7$' "$(python3 -c "import sys,tarfile; [print(e.name, e.size) for e in tarfile.open(sys.argv[1])]" "$(newest body)" | tail -2 | head -1)"
check_eq "and is kept from COPY" ".dockerignore" "$(tar xOf "$(newest body)" .dockerignore | head -1)"
check_match "by name" '^\.dockerfile\.[0-9a-f]{20}$' "$(tar xOf "$(newest body)" .dockerignore | tail -1)"
check_match "the engine is told" 'dockerfile=\.dockerfile\.X' "$(ours build -f outside ctx)"
INPUT=text ours build -f - ctx >/dev/null
check_eq "-f - takes it from stdin" "FROM x" "$(tar xOf "$(newest body)" "$(tar tf "$(newest body)" | grep '^\.dockerfile')")"
printf 'a\n' >ctx/sub/Other.dockerignore
ours build -f ctx/sub/Other ctx >/dev/null
check_no_match "the Dockerfile's own .dockerignore counts" '^a$' "$(tar tf "$(newest body)")"
rm ctx/sub/Other.dockerignore

# A git repository
if command -v git >/dev/null; then
    git init -q -b main repo && git -C repo config user.email a@b && git -C repo config user.name c
    mkdir repo/dir && echo 'FROM one' >repo/Dockerfile && echo 'FROM two' >repo/dir/Dockerfile && ln -s / repo/out
    git -C repo add . && git -C repo commit -qm one && git -C repo branch other && echo 'FROM three' >repo/Dockerfile && git -C repo commit -qam two
    git clone -q --bare repo repo.git
    dockerfile() { ours build "file://$TMP/repo.git$1" >said; tar xOf "$(newest body)" Dockerfile; }
    check_eq "a git repository" "FROM three" "$(dockerfile '')"
    check_eq "one of its branches" "FROM one" "$(dockerfile '#other')"
    check_eq "one of its directories" "FROM two" "$(dockerfile '#main:dir')"
    check_match "one that is not there" "unable to prepare context: unable to 'git clone' to temporary context directory: error fetching" "$(ours build "file://$TMP/repo.git#nosuch")"
    check_match "no link leads out of it" "not within git root" "$(ours build "file://$TMP/repo.git#main:out")"
    check_match "a branch is no option" "invalid refspec: --upload-pack=x" "$(ours build "file://$TMP/repo.git#--upload-pack=x")"
    mkdir "$TMP/hooked"
    printf '#!/bin/sh\ntouch "%s/asked"; exec sleep 3\n' "$TMP" >"$TMP/hooked/git"; chmod +x "$TMP/hooked/git"
    PATH="$TMP/hooked:$PATH" DOCKER_HOST=unix://$CANNED_SOCK setsid "$B/slipway" build "file://$TMP/repo.git" >/dev/null 2>&1 &
    client=$!
    wait_for 10 test -e "$TMP/asked"
    kill -TERM $client; wait $client 2>/dev/null
    wait_for 10 sh -c "! ls -d '$TMP'/docker-build-git-*"
    check_eq "nothing of it stays behind" "" "$(ls -d "$TMP"/docker-build-git-* 2>/dev/null)"
else
    skip "git" "it is not installed"
fi
check_match "an address is for the engine" 'remote=http%3A%2F%2Fwhere%2FDockerfile' "$(ours build http://where/Dockerfile)"

# Flags
export GIVEN=here
# shellcheck disable=SC2054 # the commas are the flags'
flags=(--build-arg A=1 --build-arg GIVEN --build-arg MISSING --label l --label m=2 --network host --add-host a:1.2.3.4 --add-host b=::1 -m 10m
    --memory-swap -1 --cpu-period 1 --cpu-quota 2 -c 3 --cpuset-cpus 0 --cpuset-mems 0 --shm-size 1g --ulimit nofile=1:2 --cgroup-parent /x
    --security-opt a=b,c --security-opt d --isolation default --cache-from a,b --cache-from c --platform Linux/AMD64 --pull --no-cache --rm=false
    --force-rm -t a -t b:1 -t localhost/c --target tt)
same "all flags" build "${flags[@]}" ctx
for bad in "-m abc" "-m 10zb" "--memory-swap x" "--ulimit x" "--ulimit nofile=2:1" "--add-host x" "--add-host a:b" "--label =x" "--label=" "-t Foo" \
    "-t a:b:c" "--shm-size q" "--build-arg =a" "--quiet=maybe" "--nosuch" "--network=" "--cpu-shares x" "-f" "ctx"; do
    # shellcheck disable=SC2086
    same "build $bad" build $bad ctx
done
same "build of nothing" build
check_match "--squash is asked for" 'squash=1' "$(ours build --squash ctx)"
check_match "progress modes are checked" "invalid progress mode fancy" "$(ours build --progress fancy ctx)"
check_match "--push is not there, and says what is" "push them with 'docker push'" "$(ours build --push ctx)"
check_match "--load is what happens" "^exit 0" "$(ours build --load ctx)"
check_match "build is also called buildx build" "^exit 0" "$(ours buildx build ctx)"
check_match "and builder build" "^exit 0" "$(ours builder build ctx)"
ours build --compress ctx >/dev/null
check_eq "--compress compresses" "1f8b $(tar -C ctx -cf - . | tar t | wc -l)" "$(head -c 2 "$(newest body)" | od -An -tx1 | tr -d ' \n') $(($(tar tzf "$(newest body)" | wc -l) + 1))"
INPUT=ctx.tar ours build --compress - >/dev/null
check_eq "a tar on stdin too" "$(md5sum <ctx.tar)" "$(gunzip <"$(newest body)" | md5sum)"

# Secrets
printf 'top\0secret' >secret
ours build --secret id=a,src=secret --secret id=GIVEN ctx >/dev/null
check_eq "secrets go in a header" '{"a":"dG9wAHNlY3JldA==","GIVEN":"aGVyZQ=="}' "$(sent_head X-Slipway-Secrets | base64 -d)"
check_no_match "and nowhere else" "secret|dG9w" "$(cat "$CANNED/requests")"
for bad in foo id=a,src=/no/such src=x id=a,type=odd id=a,nosuch=b; do check_match "a secret '$bad'" "^ERROR: |^exit 1" "$(ours build --secret $bad ctx | sed -n '1p;3p')"; done
head -c 100000 /dev/zero >large
check_match "one that is too large is refused" "secrets are too large" "$(ours build --secret id=a,src=large ctx)"

# What registries want to know goes along.
echo '{"auths":{"reg:5000":{"auth":"YTpwdw=="}}}' >"$CANNED/config/config.json"
ours build ctx >/dev/null
check_eq "credentials of registries" '{"reg:5000":{"username":"a","password":"pw","serveraddress":"reg:5000"}}' "$(sent_head X-Registry-Config | base64 -d)"
rm "$CANNED/config/config.json"

# What is shown, and how it ends
same "-q" build -q ctx
same "-q and --iidfile" build -q --iidfile id ctx
ours build --iidfile id ctx >/dev/null
check_eq "--iidfile has the ID" "sha256:15bb21e62226b3419e73b03687bceccf0b50f2315e769c9c3da3a36d94a5c4e0" "$(cat id)"
echo old >id
same "a build that fails" build --target failing --iidfile id ctx
check_eq "leaves no old ID" "no" "$([ -e id ] && echo yes || echo no)"
same "-q tells why it failed" build -q --target failing ctx
cp ctx/Dockerfile ctx/refused
same "a build that is refused" build -f ctx/refused ctx
same "the same with -q" build -q -f ctx/refused ctx
same "--iidfile where nothing can be" build --iidfile /no/such/x ctx
check_match "why the cache had a step" "step 1/2: cache hit: the same files" "$(ours build --explain ctx)"
check_match "and had not" 'step 2/2: cache miss \(files\): files differ' "$(ours build --explain ctx)"
check_match "with the files" "changed  a, b" "$(ours build --explain ctx)"
check_match "--progress tty draws without a terminal" '12.35kB/1MB' "$(ours build --progress tty ctx)"
check_no_match "--progress plain does not on one" '12.35kB/1MB' "$(COLUMNS_WIDE=120 ours build --progress plain ctx)"

# What cannot be read is told before anything is sent.
chmod 755 "$TMP"; chmod 777 "$CANNED_SOCK"
mkdir locked; cp ctx/Dockerfile locked; echo s >locked/file; chmod 600 locked/file
nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups env DOCKER_HOST="unix://$CANNED_SOCK" HOME=/nonexistent DOCKER_BUILDKIT=0 "$@" 2>&1 | grep -v -e DEPRECATED -e BuildKit -e environment-variable -e '^$' -e WARNING; }
check_eq "a file that may not be read" "error checking context: no permission to read from '$TMP/locked/file'" "$(nobody "$B/slipway" build locked)"
have_docker && check_eq "in docker's words" "$(nobody "$REAL_DOCKER" build locked)" "$(nobody "$B/slipway" build locked)"
echo file >locked/.dockerignore
check_match "unless it is ignored" "Successfully built" "$(nobody "$B/slipway" build locked)"
rm locked/.dockerignore locked/file; mkdir -m 700 locked/private
check_eq "a directory that may not be read" "error checking context: can't stat '$TMP/locked/private'" "$(nobody "$B/slipway" build locked)"
have_docker && check_eq "in the same words" "$(nobody "$REAL_DOCKER" build locked)" "$(nobody "$B/slipway" build locked)"

# What turns out to be unreadable on the way breaks the build off: the engine does not take half of a context for a whole one.
if cat /sys/class/net/lo/speed >/dev/null 2>&1 || [ ! -e /sys/class/net/lo/speed ]; then
    skip "a file whose reading fails" "there is none"
else
    mkdir half; cp ctx/Dockerfile half; touch half/a half/broken
    mount --bind /sys/class/net/lo/speed half/broken
    out=$(ours build half)
    umount half/broken
    check_match "a file whose reading fails ends the build" "^read broken: Invalid argument" "$out"
    check_no_match "before the engine has a whole context" "POST /build" "$out"
fi

# Memory does not grow with the context.
mkdir big; cp ctx/Dockerfile big; head -c 300000000 /dev/zero >big/zeros; mkdir big/many; (cd big/many && seq 1 5000 | xargs touch)
peak=$(DOCKER_HOST=unix://$CANNED_SOCK HOME=$CANNED/home python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$B/slipway" build big)
[[ $B == *asan* ]] && peak=0 # its own memory is counted there
check "300 MB and 5,000 files in less than 32 MB ($peak kB)" test "$peak" -lt 32768
canned_stop

# Our engine
engine_start
cd ctx || exit 1
printf 'FROM busybox\nRUN echo hi >/made; rm /bin/cat; chmod 4711 /made\nCOPY a /a\n' >Dockerfile
out=$(S build -t one -t two:2 . 2>&1)
check_match "a build" "^Successfully tagged two:2$" "$out"
check_eq "has both names" "same" "$([ "$(S images -q one)" = "$(S images -q two:2)" ] && echo same)"
check_match "--explain says why" "step 3/3: cache hit" "$(S build --explain . 2>&1)"
echo changed >a
check_match "and why not" "step 3/3: cache miss \(files\).*" "$(S build --explain . 2>&1 >/dev/null)"
S build -o "$TMP/out" . >/dev/null 2>&1
check_eq "--output has the files" "hi changed yes" "$(cat "$TMP/out/made") $(cat "$TMP/out/a") $([ -e "$TMP/out/bin/cat" ] || echo yes)"
check_eq "and nothing of an engine's" "" "$(ls -d "$TMP/out/.dockerenv" "$TMP/out/etc/hosts" 2>/dev/null)"
S build -o type=tar,dest="$TMP/out.tar" . >/dev/null 2>&1
check_match "as a tar" '^-rws--x--x 0/0 .* made$' "$(tar tvf "$TMP/out.tar" | grep 'made$')"
check_eq "to standard output, which is then its own" "$(tar tf "$TMP/out.tar" | md5sum)" "$(S build -o - . 2>/dev/null | tar t | md5sum)"
check_eq "an image without layers has no files" "" "$(printf 'FROM scratch\nLABEL a=b\n' | S build -q -f - -o "$TMP/none" . >/dev/null; ls "$TMP/none")"
for bad in type=oci,dest=x type=local type=docker "" dest=x,type=tar,foo=bar; do check_rc "--output '$bad' is refused" 1 S build -o "$bad" .; done
check_match "with what there is" "type=local \(a directory\) and type=tar are" "$(S build -o type=oci,dest=x . 2>&1)"
check_match "a directory that cannot be made" "/proc/nothing" "$(S build -o /proc/nothing . 2>&1)"
printf 'FROM busybox\nRUN exit 7\n' >Fails
check_rc "the code of a failed RUN" 7 S build -f Fails .
check_match "builder prune" "^Total reclaimed space: " "$(S builder prune -af)"
check_match "the cache of builds can be asked about" "WARNING! This will remove all build cache. Are you sure you want to continue\? \[y/N\]" "$(S builder prune -a </dev/null)"
finish
