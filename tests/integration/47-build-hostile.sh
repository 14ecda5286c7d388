#!/bin/bash
# Builds that are wrong, hostile, given up or cut off: clear errors, nothing outside touched, nothing half stored, nothing left.
. "$(dirname "$0")/../lib.sh"
engine_start
cd "$TMP" || exit 1
wait_for 30 S image inspect registry:2

build() { tar -C "$1" -c . | post "${2:-}"; }
post() { curl -sN --unix-socket "$SOCK" -X POST -H 'Content-Type: application/x-tar' --data-binary @- "http://d/v1.41/build?${1:-}"; }
text() { mkdir -p t; printf '%b' "$1" >t/Dockerfile; build t "${2:-}"; }
problem() { jq -r '.error // .message // empty'; }
status() { tar -C "$1" -c . | curl -s -o answer -w '%{http_code}' --unix-socket "$SOCK" -X POST --data-binary @- "http://d/v1.41/build?${2:-}"; echo " $(problem <answer)"; }
nothing_left() { [ -z "$(ls "$DATA/tmp")$(ls "$EXEC/build-secrets" 2>/dev/null)$(find "$DATA/overlay2" -maxdepth 1 -name 'tmp-*')$(S ps -aq)" ]; }

# Dockerfiles.
mkdir empty t; touch t/f
check_eq "no Dockerfile" "500 Cannot locate specified Dockerfile: Dockerfile" "$(status empty)"
check_eq "nor the one that was named" "500 Cannot locate specified Dockerfile: sub/Other" "$(status empty dockerfile=sub/Other)"
check_eq "no context at all" "Cannot locate specified Dockerfile: Dockerfile" "$(api POST /v1.41/build | problem)"
: >t/Dockerfile; check_eq "an empty one" "400 the Dockerfile (Dockerfile) cannot be empty" "$(status t)"
echo 'FROM busybox' >out; check_match "one outside the context" 'forbidden path outside the build context: ../out' "$(status t dockerfile=../out)"
ln -sf /etc/passwd t/Dockerfile; check_match "one that is a link out of it" '^500 Cannot locate' "$(status t)"
ln -sf real t/Dockerfile; echo 'FROM nowhere:1' >t/real; check_match "a link within is followed" 'nowhere|dial tcp' "$(build t | problem)"; rm t/Dockerfile
mkdir t/Dockerfile; check_match "a directory" 'is no file' "$(status t)"; rmdir t/Dockerfile
head -c 20000000 /dev/zero | tr '\0' '#' >t/Dockerfile; check_match "a huge one" '^400 .*16777216 are the most' "$(status t)"
head -c 100000 /dev/urandom >t/Dockerfile; check_match "one of noise" '^400 ' "$(status t)"
check_eq "no such target" "400 failed to reach build target x in Dockerfile" "$(printf 'FROM busybox AS y\n' >t/Dockerfile; status t target=x)"
check_match "a bad name for the result" '^400 invalid reference format' "$(status t 't=Bad:Name:x')"
check_eq "a stage after this one" 'invalid from flag value 2: index out of bounds' "$(text 'FROM busybox\nCOPY --from=2 /a /b\nFROM busybox\nFROM busybox\n' | problem)"
check_eq "this very stage" 'invalid from flag value 0: refers to current build stage' "$(text 'FROM busybox\nCOPY --from=0 /a /b\n' | problem)"
# (What is no stage is an image, and a word like "b" may begin the id of one.)
check_match "a cycle of stages" 'invalid from flag value other: ' "$(text 'FROM busybox AS one\nCOPY --from=other /x /x\nFROM busybox AS other\nCOPY --from=one /x /x\n' | problem)"
check_eq "two stages of one name" 'a stage name already used' "$(text 'FROM busybox AS a\nFROM busybox AS a\n' | problem)"
check_eq "nothing in it" 'No image was generated. Is your Dockerfile empty?' "$(text 'FROM scratch\n' | problem)"
check_match "RUN on nothing" 'FROM scratch has none' "$(text 'FROM scratch\nRUN true\n' | problem)"
check_match "a program that is not there" 'exec: "/nope": ' "$(text 'FROM busybox\nRUN ["/nope"]\n' forcerm=1 | problem)"
check_match "a base that cannot be fetched" 'Get "https://registry-1.docker.io/v2/"|dial tcp' "$(text 'FROM not-here:1\n' | problem)"
check_match "hundreds of stages" 'Successfully built' "$(text "$(for i in $(seq 300); do printf 'FROM busybox\\nLABEL n=%d\\n' "$i"; done)" | jq -rj '.stream // empty' | tail -1)"
check_match "a mount of a kind that is none" 'unsupported mount type "x"' "$(text 'FROM busybox\nRUN --mount=type=x,target=/a true\n' | problem)"
check_match "a bind from outside" 'forbidden path outside the build context' "$(text 'FROM busybox\nRUN --mount=type=bind,source=../..,target=/a true\n' | problem)"
check_match "over the root" 'invalid mount target "/"' "$(text 'FROM busybox\nRUN --mount=type=tmpfs,target=/ true\n' | problem)"
check_match "security=insecure" 'RUN --security=insecure is not possible' "$(text 'FROM busybox\nRUN --security=insecure true\n' | problem)"

# Contexts.
python3 - <<'P'
import tarfile, io
def tar(name, *entries):
    with tarfile.open(name, 'w') as t:
        for n, kind, more in entries:
            i = tarfile.TarInfo(n)
            if kind == 'f': i.size = len(more); t.addfile(i, io.BytesIO(more)); continue
            i.type = {'l': tarfile.SYMTYPE, 'h': tarfile.LNKTYPE, 'c': tarfile.CHRTYPE, 'p': tarfile.FIFOTYPE, 'd': tarfile.DIRTYPE}[kind]
            if kind in 'lh': i.linkname = more
            if kind == 'c': i.devmajor, i.devminor = more
            i.mode = 0o755; t.addfile(i)
D = b'FROM busybox\nCOPY . /all\nRUN ls -l /all\n'
tar('dotdot.tar', ('../escaped', 'f', b'x'), ('Dockerfile', 'f', D))
tar('absolute.tar', ('/tmp/escaped', 'f', b'x'), ('Dockerfile', 'f', D))
tar('throughlink.tar', ('l', 'l', '/tmp'), ('l/escaped', 'f', b'x'), ('Dockerfile', 'f', D))
tar('hardout.tar', ('h', 'h', '../../../etc/passwd'), ('Dockerfile', 'f', D))
tar('kinds.tar', ('Dockerfile', 'f', D), ('null', 'c', (1, 3)), ('fifo', 'p', None), ('abs', 'l', '/etc/shadow'), ('rel', 'l', '../../../../etc/shadow'))
tar('whiteout.tar', ('Dockerfile', 'f', D), ('w', 'c', (0, 0)))
tar('linkcopy.tar', ('Dockerfile', 'f', b'FROM busybox\nCOPY abs /x\n'), ('abs', 'l', '/etc/passwd'))
tar('linkdir.tar', ('Dockerfile', 'f', b'FROM busybox\nCOPY up /x\n'), ('up', 'l', '../../../../..'))
I = b'nothing*\n'
with tarfile.open('deepenough.tar', 'w') as t:
    i = tarfile.TarInfo('Dockerfile'); i.size = len(D); t.addfile(i, io.BytesIO(D))
    i = tarfile.TarInfo('.dockerignore'); i.size = len(I); t.addfile(i, io.BytesIO(I))
    for n in range(1, 950, 100):
        i = tarfile.TarInfo('/'.join(['d'] * n)); i.type = tarfile.DIRTYPE; i.mode = 0o755; t.addfile(i)
with tarfile.open('many.tar', 'w') as t:
    i = tarfile.TarInfo('Dockerfile'); D2 = b'FROM scratch\nCOPY . /all\n'; i.size = len(D2); t.addfile(i, io.BytesIO(D2))
    i = tarfile.TarInfo('first'); t.addfile(i)
    for n in range(30000):
        i = tarfile.TarInfo('h/%d' % n); i.type = tarfile.LNKTYPE; i.linkname = 'first'; t.addfile(i)
with tarfile.open('deep.tar', 'w') as t:
    i = tarfile.TarInfo('Dockerfile'); i.size = len(D); t.addfile(i, io.BytesIO(D))
    for n in range(1, 1500, 100):
        i = tarfile.TarInfo('/'.join(['d'] * n)); i.type = tarfile.DIRTYPE; i.mode = 0o755; t.addfile(i)
P
for kind in dotdot absolute throughlink hardout; do
    check_match "a context with $kind is refused" '^Error processing tar file' "$(post <"$kind.tar" | problem)"
done
check "nothing was written outside" sh -c '! ls /tmp/escaped "'"$DATA"'"/escaped "'"$DATA"'"/tmp/escaped 2>/dev/null'
out=$(post t=kinds <kinds.tar)
check_match "devices, pipes and links are copied as what they are" 'crw.* 1, +3 .*null' "$(jq -rj '.stream // empty' <<<"$out")"
check_match "and lead nowhere" "abs -> /etc/shadow" "$(jq -rj '.stream // empty' <<<"$out")"
check_match "a device that would be a whiteout" 'a device 0:0 is how a layer marks a deleted file' "$(post <whiteout.tar | problem)"
check_eq "a link to a file of the host" 'COPY failed: file not found in build context or excluded by .dockerignore: stat abs: file does not exist' "$(post <linkcopy.tar | problem)"
check_eq "one that climbs stops at the context" Dockerfile "$(post t=climb <linkdir.tar >/dev/null; S run --rm climb ls /x | grep -v up)"
check_match "directories without end" 'nested deeper|too long|Error processing|Successfully' "$(post <deep.tar | jq -r '.error // .message // .stream // empty' | grep . | tail -1)"
check_match "directories as deep as may be" 'Successfully built' "$(post <deepenough.tar | jq -r '.error // .message // .stream // empty' | grep . | tail -1)"
check_match "tens of thousands of names of one file" 'Successfully built' "$(post <many.tar | jq -r '.error // .message // .stream // empty' | grep . | tail -1)"
tar -C t -cf cut.tar . ; head -c 700 cut.tar >cut2.tar
check_match "a context that breaks off" '^Error processing tar file' "$(post <cut2.tar | problem)"
head -c 100000 /dev/urandom >noise; check_match "one of noise" '^Error processing tar file' "$(post <noise | problem)"
text 'FROM busybox\nRUN mkdir /real && ln -s ../../../../../../../../tmp /out && ln -s /nowhere/at/all /dangling\nCOPY f /out/intoroot\nCOPY f /dangling\n' t=links >/dev/null
check_eq "a destination behind links stays in the image" '/tmp/intoroot /nowhere/at/all' "$(S run --rm links sh -c 'echo $(ls /tmp/intoroot /nowhere/at/all)' | awk '{print $2, $1}')"
check "the host's is untouched" sh -c '[ ! -e /tmp/intoroot ]'
check_match "a loop of links" 'Too many levels|too many levels' "$(text 'FROM busybox\nRUN ln -s /a /b && ln -s /b /a\nCOPY f /a/x\n' | problem)"
check_match "a user that the image does not know" "can't find uid for user nobodyhere: no such user: nobodyhere" "$(text 'FROM busybox\nCOPY --chown=nobodyhere f /f\n' | problem)"
check "nothing is left of all that" wait_for 10 nothing_left

# Given up by the client, cancelled, cut off.
slow='FROM busybox\nRUN echo begun; sleep 1000\n'
printf '%b' "$slow" >t/Dockerfile
tar -C t -c . | curl -sN --unix-socket "$SOCK" -X POST --data-binary @- "http://d/v1.41/build" >slow.out & client=$!
check "a build that takes long is under way" wait_for 10 grep -q begun slow.out
kill $client; wait $client 2>/dev/null
check "when the client leaves nothing is left of it" wait_for 10 nothing_left
rm slow.out; tar -C t -c . | curl -sN --unix-socket "$SOCK" -X POST --data-binary @- "http://d/v1.41/build?buildid=mine" >slow.out & client=$!
wait_for 10 grep -q begun slow.out
check_eq "POST /build/cancel: an id that is none" "no such build: other" "$(api POST '/v1.41/build/cancel?id=other' | problem)"
api POST '/v1.41/build/cancel?id=mine' >/dev/null
wait $client
check_eq "cancelled" "Build cancelled" "$(problem <slow.out)"
check "and nothing is left" wait_for 10 nothing_left
head -c 3000000 /dev/urandom >t/large; tar -C t -cf large.tar .
(head -c 1000000 large.tar; sleep 1000) | curl -sN --unix-socket "$SOCK" -X POST -H 'Transfer-Encoding: chunked' -T - "http://d/v1.41/build" >/dev/null 2>&1 & client=$!
check "a context that is coming" wait_for 10 sh -c "ls -d $DATA/tmp/docker-builder*"
pkill -P $client 2>/dev/null; kill $client; pkill -f "sleep 1000" -P $$ 2>/dev/null; wait $client 2>/dev/null
check "is removed when the client leaves" wait_for 10 nothing_left
rm t/large

# More output than the client takes: it waits, and the engine's memory does not grow with it.
check_eq "a flood of output arrives whole" 60000001 "$(text 'FROM busybox\nRUN head -c 60000000 /dev/zero | tr "\\0" Q\n' 'nocache=1' | jq -rj '.stream // empty' | tr -cd Q | wc -c)"
head -c 150000000 /dev/urandom >t/big
text 'FROM busybox\nCOPY big /big\nRUN cat /big >/copy\n' t=big >/dev/null
check_eq "large files are built" 150000000 "$(S run --rm big stat -c %s /copy)"
grep -q __asan "$B/slipwayd" || check "in little memory" [ "$(awk '/VmHWM/ {print $2}' "/proc/$ENGINE_PID/status")" -lt 65536 ]
rm t/big; S rmi big >/dev/null

# Killed in the middle: the next daemon clears away what was under way, and what is there is whole.
printf 'FROM busybox\nRUN --mount=type=cache,target=/c echo done >/done\nRUN --mount=type=secret,id=s echo begun; sleep 1000\n' >t/Dockerfile
rm slow.out; tar -C t -c . | curl -sN --unix-socket "$SOCK" -X POST -H "X-Slipway-Secrets: $(printf '{"s":"c2VjcmV0"}' | base64 -w0)" --data-binary @- "http://d/v1.41/build" >slow.out 2>/dev/null & client=$!
wait_for 10 grep -q begun slow.out
engine_kill9
wait $client 2>/dev/null
check "a daemon that was killed leaves a context" sh -c "ls -d $DATA/tmp/docker-builder*"
engine_start
check "the next one clears it away, with container and secret" wait_for 10 nothing_left
check_eq "the steps that were done are in the cache" 1 "$(sed -i 's/sleep 1000/true/' t/Dockerfile; build t | jq -rj '.stream // empty' | grep -c 'Using cache')"
check_eq "every image is whole" "" "$(S images -aq --no-trunc | sort -u | while read -r id; do S image inspect "$id" >/dev/null || echo "$id"; done)"
for i in 1 2 3 4 5; do
    printf 'FROM busybox\nCOPY f /f%d\nRUN head -c 20000000 /dev/urandom >/r%d\nENV I=%d\nRUN echo %d >/s\n' $i $i $i $i >t/Dockerfile
    rm -f slow.out; build t nocache=1 >slow.out 2>/dev/null & client=$!
    wait_for 10 grep -q "Step $((i % 4 + 2))/5" slow.out
    engine_kill9; wait $client 2>/dev/null
    engine_start
done
check "killed again and again: nothing is left" wait_for 10 nothing_left
check_match "and it builds" 'Successfully tagged after:latest' "$(build t t=after | jq -rj '.stream // empty')"
check "its layers have the digests that they should have" sh -c "\"$B/slipway\" save after | tar -xO manifest.json >/dev/null"
finish
