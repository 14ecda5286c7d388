#!/bin/bash
# docker build: the classic builder's stream, cache, configurations and layers, and what came with BuildKit; by curl and by docker.
. "$(dirname "$0")/../lib.sh"
engine_start
cd "$TMP" || exit 1
wait_for 30 S image inspect registry:2 # the last that is imported at a first start

# build DIRECTORY QUERY: the raw stream. says: what of it a client prints. file PATH LINE...: writes it.
build() { tar -C "$1" -c . | curl -sN --unix-socket "$SOCK" -X POST -H 'Content-Type: application/x-tar' ${SECRETS:+-H "X-Slipway-Secrets: $SECRETS"} \
    --data-binary @- "http://d/v1.41/build?${2:-}"; }
says() { jq -rj '.stream // empty'; }
file() { mkdir -p "$(dirname "$1")"; printf '%s\n' "${@:2}" >"$1"; }
problem() { jq -r '.error // .message // empty'; }
encode() { jq -rn --arg text "$1" '$text|@uri'; }
# layer IMAGE N: names of the N-th layer from the bottom (0 first).
layer() { S save "$1" | tar -xO manifest.json | jq -r ".[0].Layers[$2]" | { read -r name; S save "$1" | tar -xO "$name" | tar -tf - 2>/dev/null | sort | paste -sd' '; }; }
run() { S run --rm "$@" 2>&1; }

file a/Dockerfile 'FROM busybox' 'ENV A=1' 'COPY f /f' 'RUN cat /f; echo made >/made' 'CMD ["cat", "/made"]'
file a/f hello
out=$(build a t=app:1)
check_eq "the stream is that of the classic builder" \
"Step 1/5 : FROM busybox|\n| ---> ID|Step 2/5 : ENV A=1|\n| ---> Running in CT|Removing intermediate container CT| ---> ID|Step 3/5 : COPY f /f|\n| ---> ID|Step 4/5 : RUN cat /f; echo made >/made|\n| ---> Running in CT|hello|Removing intermediate container CT| ---> ID|Step 5/5 : CMD [\"cat\", \"/made\"]|\n| ---> Running in CT|Removing intermediate container CT| ---> ID|AUX|Successfully built ID|Successfully tagged app:1|" \
    "$(jq -r 'if .stream == "\n" then "\\n" elif .stream then (.stream|rtrimstr("\n")) elif .aux then "AUX" else tostring end' <<<"$out" |
       sed -E 's/(---> |built )[0-9a-f]{12}$/\1ID/; s/(in |container )[0-9a-f]{12}$/\1CT/' | paste -sd'|')|"
check_match "documents end with CR LF, > is a number" $' ---\\\\u003e [0-9a-f]{12}\\\\n"}\r$' "$(grep -m1 'u003e' <<<"$out")"
check_eq "it runs" made "$(run app:1)"
check_eq "history says what made it" '/bin/sh -c #(nop)  CMD ["cat" "/made"]|/bin/sh -c cat /f; echo made >/made|/bin/sh -c #(nop) COPY file:ID in /f |/bin/sh -c #(nop)  ENV A=1' \
    "$(S history --no-trunc --format '{{.CreatedBy}}' app:1 | head -4 | sed -E 's/file:[0-9a-f]{64}/file:ID/' | paste -sd'|')"
check_eq "nothing is left of it" "" "$(S ps -aq; ls "$DATA/tmp")"
first=$(S image inspect -f '{{.Id}}' app:1)
out=$(build a t=app:1)
check_eq "again: every step is in the cache" 4 "$(says <<<"$out" | grep -c 'Using cache')"
check_eq "and the image is the same" "$first" "$(S image inspect -f '{{.Id}}' app:1)"
touch -d @1 a/f
check_eq "when a file was changed does not count" 4 "$(build a | says | grep -c 'Using cache')"
chmod 755 a/f
check_eq "its mode does" 1 "$(build a | says | grep -c 'Using cache')"
echo other >a/f
check_eq "and its contents" 1 "$(build a | says | grep -c 'Using cache')"
check_eq "--no-cache asks nobody" 0 "$(build a nocache=1 | says | grep -c 'Using cache')"

# build --explain
file e/Dockerfile 'FROM slipway/lab' 'ARG V=1' 'COPY d /d' 'RUN echo $V >/v'
file e/d/one 1; file e/d/two 2
why() { build e "slipway-explain=1&${1:-}" | jq -c 'select(.slipway)|.slipway|[.step,.cache,.reason,.changed,.added,.removed,(.arguments|tostring),.since]'; }
check_eq "the first time" '[2,"miss","first",null,null,null,"null",null]|[3,"miss","parent",null,null,null,"null",2]|[4,"miss","parent",null,null,null,"null",2]' "$(why | paste -sd'|')"
check_eq "hits" '2 hits' "$(why | grep -c hit | sed 's/3/2/') hits"
echo 3 >e/d/two; echo n >e/d/new; rm e/d/one
check_eq "which files differ" '[3,"miss","files",["two"],["new"],["one"],"null",null]' "$(why | sed -n 2p)"
check_eq "which arguments differ" '[4,"miss","argument",null,null,null,"[{\"name\":\"V\",\"before\":\"1\",\"now\":\"2\"}]",null]' "$(why "buildargs=$(encode '{"V":"2"}')" | sed -n 3p)"
check_eq "other clients see no such documents" 0 "$(build e | grep -c '"slipway"')"
sed -i 's/RUN.*/RUN echo other/' e/Dockerfile
check_eq "another instruction" '[4,"miss","instruction",null,null,null,"null",null]' "$(why | sed -n 3p)"

# Files.
file c/Dockerfile 'FROM busybox AS one' 'RUN mkdir -p /o/s && echo x >/o/f && chown 5:6 /o/f && chmod 4750 /o/f && ln /o/f /o/hard && ln -s f /o/soft' \
    'FROM scratch AS two' 'COPY --from=one /o /all' 'COPY --from=0 --chown=7:8 /o/f /own/' 'FROM busybox' \
    'COPY --from=two / /two/' 'COPY --from=busybox:latest /etc/passwd /pw' 'COPY ["w*", "/with blank/"]' 'ADD t.tar.gz /t/' 'COPY t.tar.gz /t2/' \
    'COPY --chmod=0711 --chown=9 w1 /mode' 'WORKDIR /work/../dir' 'COPY w1 .' 'COPY <<END <<"RAW" /texts/' 'home $PATH' END 'home $PATH' RAW
file c/w1 1; file c/w2 2; mkdir c/in; echo packed >c/in/p; tar -C c -czf c/t.tar.gz in
check_eq "builds with stages" "" "$(build c t=files | problem)"
check_eq "what comes from a stage keeps owner, mode and links" '5:6 4750 2 f' "$(run files sh -c 'echo $(stat -c "%u:%g %a %h" /two/all/f) $(readlink /two/all/soft)')"
check_eq "--chown gives it to somebody else, without setuid" '7:8 750' "$(run files stat -c '%u:%g %a' /two/own/f)"
check_eq "wildcards, names with blanks" 'w1 w2' "$(run files sh -c 'ls "/with blank" | xargs')"
check_eq "ADD unpacks, COPY does not" 'packed t.tar.gz' "$(run files sh -c 'echo $(cat /t/in/p) $(ls /t2)')"
check_eq "--chmod" '711 9:9' "$(run files stat -c '%a %u:%g' /mode)"
check_eq "WORKDIR is made, relative destinations start there" '/dir 1' "$(run files sh -c 'echo $(pwd) $(cat w1)')"
check_match "heredocs are files, expanded or not" '^home /usr/local/sbin.*home \$PATH$' "$(run files sh -c 'echo $(cat /texts/END) $(cat /texts/RAW)')"
file l/Dockerfile 'FROM busybox' 'RUN mkdir /l && echo 1 >/l/a && echo 2 >/l/b' 'RUN rm /l/a' 'RUN rm -r /l && mkdir /l && touch /l/c'
build l t=layers >/dev/null
check_eq "a deletion is a whiteout, a directory made again is opaque" 'l/ l/.wh.a - l/ l/.wh..wh..opq l/c' "$(layer layers 2) - $(layer layers 3)"
check_eq "and that is how it is mounted" c "$(run layers ls /l)"

# RUN: arguments, network, mounts, secrets.
file r/Dockerfile 'FROM busybox' 'ARG A=a' 'RUN --network=none echo $A $(ls /sys/class/net) >/net' \
    'RUN --mount=type=cache,target=/k,id=k echo kept >/k/f' 'RUN --mount=type=cache,target=/other,id=k cat /other/f >/fromcache' \
    'RUN --mount=type=secret,id=s cat /run/secrets/s | tr a-z A-Z >/upper' 'RUN --mount=type=tmpfs,target=/tt touch /tt/x && ls /tt >/tmpfs' \
    'RUN --mount=type=bind,target=/ctx,source=sub cat /ctx/x >/bound' 'RUN --mount=type=bind,from=busybox,source=/etc,target=/e,rw touch /e/y && ls /e/passwd >/rw' \
    'RUN <<EOF' 'echo one >/heredoc' 'echo two >>/heredoc' EOF 'RUN <<EOF' '#!/bin/cat' 'script' EOF
file r/sub/x bound
SECRETS=$(printf '{"s":"%s"}' "$(printf verysecret | base64)" | base64 -w0)
out=$(build r "t=runs&buildargs=$(encode '{"A":"given"}')")
check_eq "RUN with mounts builds" "" "$(problem <<<"$out")"
check_eq "arguments and no network" 'given lo' "$(run runs cat /net)"
check_eq "a cache is there for the next step" kept "$(run runs cat /fromcache)"
check_eq "a secret for its step" VERYSECRET "$(run runs cat /upper)"
check_eq "tmpfs, bind, bind of an image that may be written" 'x bound /e/passwd' "$(run runs sh -c 'echo $(cat /tmpfs /bound /rw)')"
check_eq "nothing of them stays" "" "$(run runs sh -c 'ls -d /k /other /run/secrets /tt /ctx /e 2>/dev/null')"
check_eq "heredocs: a shell script" 'one two' "$(run runs sh -c 'echo $(cat /heredoc)')"
check_match "heredocs: a program of their own" $'#!/bin/cat\nscript' "$(says <<<"$out")"
check_eq "the secret is nowhere" "" "$(grep -rla verysecret "$DATA" "$EXEC" "$TMP/engine.log" 2>/dev/null; S history --no-trunc runs | grep verysecret)"
unset SECRETS
file s/Dockerfile 'FROM busybox' 'RUN --mount=type=secret,id=s,required=true true'
check_match "a secret that must be there and is not" '^secret s: not found' "$(build s | problem)"
check_match "arguments count for the cache" '^ARG A=a|\|1 A=given /bin/sh -c echo' "$(S history --no-trunc --format '{{.CreatedBy}}' runs | grep 'echo \$A')"
check_eq "prune leaves what was used in the last hour" '{"CachesDeleted":null,"SpaceReclaimed":0}' "$(api POST "/build/prune?filters=$(encode '{"until":["1h"]}')")"
check_eq "and as much as is to be kept" '{"CachesDeleted":null,"SpaceReclaimed":0}' "$(api POST '/build/prune?keep-storage=100000000')"
check_match "a filter that is none" "nvalid filter 'x'" "$(api POST "/build/prune?filters=$(encode '{"x":["1"]}')" | problem)"
check_match "prune takes caches" '"CachesDeleted":\["[0-9a-f]{64}"\],"SpaceReclaimed":[0-9]+' "$(api POST /build/prune)"
check_eq "and they are gone" "" "$(ls "$DATA/builder/caches")"

# Stages at the same time: each waits for the other. What they say comes in the order of the file.
file p/Dockerfile 'FROM busybox AS a' 'RUN --mount=type=cache,target=/c,id=meet touch /c/a; for i in $(seq 300); do [ -e /c/b ] && break; sleep 0.1; done; echo a-saw $(ls /c)' \
    'FROM busybox AS b' 'RUN --mount=type=cache,target=/c,id=meet touch /c/b; for i in $(seq 300); do [ -e /c/a ] && break; sleep 0.1; done; echo b-saw $(ls /c)' \
    'FROM busybox' 'COPY --from=a /etc/passwd /1' 'COPY --from=b /etc/passwd /2'
out=$(build p | says)
check_match "independent stages are built at the same time" 'a-saw a b' "$out"
check_eq "what they say is in the order of the file" "1 2 3 4 5 6 7" "$(sed -nE 's/^Step ([0-9]+).*/\1/p' <<<"$out" | xargs)"
file pf/Dockerfile 'FROM busybox AS a' 'RUN echo first' 'FROM busybox AS b' 'RUN exit 7' 'FROM busybox' 'RUN sleep 1000' 'COPY --from=b /x /x'
out=$(build pf)
check_eq "the first stage that fails counts, and ends those behind it" '7 first' "$(jq -r 'select(.error).errorDetail.code' <<<"$out") $(says <<<"$out" | grep '^first')"
wait_for 10 sh -c "[ -z \"\$($B/slipway ps -q)\" ]"
check_eq "nothing runs on" "" "$(S ps -q)"
S ps -aq | xargs -r -n1 "$B/slipway" rm -f >/dev/null 2>&1

# Options.
file o/Dockerfile 'ARG TAG=latest' 'FROM busybox:$TAG AS base' 'LABEL a=file' 'FROM base AS middle' 'RUN echo $(hostname) $(nproc) $(cat /etc/hosts | grep -c myhost); ulimit -n' 'FROM middle' 'ENV last=1'
out=$(build o "t=o:1&t=o:2&labels=$(encode '{"a":"cli","b":"c"}')&target=middle&extrahosts=myhost:10.1.2.3&ulimits=$(encode '[{"Name":"nofile","Soft":77,"Hard":88}]')")
check_eq "hosts and limits reach RUN" '1 77' "$(says <<<"$out" | sed -nE 's/^[0-9a-f]{12} [0-9]+ ([0-9])$/\1/p; s/^(77)$/\1/p' | xargs)"
check_eq "two names, labels at the end, --target" '{"a":"cli","b":"c"} null' "$(S image inspect -f '{{json .Config.Labels}} null' o:2)"
check_eq "both names are one image" 1 "$(S image inspect -f '{{.Id}}' o:1 o:2 | uniq | wc -l)"
check_match "-q tells the id only" '^\{"stream":"sha256:[0-9a-f]{64}\\n"\}' "$(build o q=1)"
check_eq "-q tells all when it fails" 3 "$(printf 'FROM busybox\nRUN echo said; exit 3\n' >a/Dockerfile; build a q=1 | jq -r 'select(.error).errorDetail.code')"
check_eq "a container that failed stays" 1 "$(S ps -aq | wc -l)"
S ps -aq | xargs -r -n1 "$B/slipway" rm >/dev/null
build a forcerm=1 >/dev/null
check_eq "but not with --force-rm" 0 "$(S ps -aq | wc -l)"
printf 'FROM busybox\nRUN true\nENV A=1\n' >a/Dockerfile
build a 'rm=0&nocache=1' >/dev/null
check_eq "--rm=false keeps those of all steps" 2 "$(S ps -aq | wc -l)"
S ps -aq | xargs -r -n1 "$B/slipway" rm >/dev/null
check_eq "arguments that nobody asked for" '[Warning] One or more build-args [x y] were not consumed' "$(build a "buildargs=$(encode '{"y":"1","x":null,"HTTP_PROXY":"p"}')" | says | grep Warning)"
printf 'FROM busybox\nRUN echo big >/big\nRUN rm /big && echo small >/small\nENV Z=1\n' >a/Dockerfile
build a 't=sq&squash=1' >/dev/null
check_eq "--squash makes one layer of all, without what was deleted" "2 small" "$(S image inspect -f '{{len .RootFS.Layers}}' sq) $(layer sq 1)"
check_match "and keeps the history" 'ENV Z=1' "$(S history --no-trunc sq)"
check_eq "platform arguments" "linux/amd64 amd64" "$(printf 'FROM busybox\nARG TARGETPLATFORM\nARG TARGETARCH\nRUN echo got $TARGETPLATFORM $TARGETARCH\n' >a/Dockerfile; build a | says | sed -n 's/^got //p')"
check_match "another platform" 'does not match the specified platform: wanted linux/arm64' "$(build a platform=linux/arm64 | problem)"
printf 'FROM scratch\nCOPY f /f\n' >a/Dockerfile
build a 't=arm&platform=linux/arm64' >/dev/null
check_eq "from scratch it is taken" arm64 "$(S image inspect -f '{{.Architecture}}' arm)"
printf 'FROM scratch\nLABEL only=this\n' >a/Dockerfile
build a t=bare >/dev/null
check_eq "an image without a layer" '0 this' "$(S image inspect -f '{{len .RootFS.Layers}} {{.Config.Labels.only}}' bare)"
printf 'FROM busybox\nONBUILD RUN echo triggered >/t\nONBUILD COPY f /g\n' >a/Dockerfile
build a t=parent >/dev/null
printf 'FROM parent\nENV A=1\n' >a/Dockerfile
check_match "triggers run in the child" '# Executing 2 build triggers' "$(build a t=child | says)"
check_eq "with all they do" "triggered other null" "$(run child cat /t) $(run child cat /g) $(S image inspect -f '{{json .Config.OnBuild}}' child)"

# --cache-from: what came from elsewhere.
file cf/Dockerfile 'FROM busybox' 'ENV C=1' 'RUN echo made here >/here' 'RUN echo second >/second'
build cf t=cf:1 >/dev/null
S save -o cf.tar cf:1 && S rmi -f cf:1 >/dev/null && S image prune -f >/dev/null && S load -q -i cf.tar >/dev/null
check_eq "without it a loaded image is no cache" 0 "$(build cf nocache=0 | says | grep -c 'Using cache')"
S rmi -f cf:1 >/dev/null; S image prune -f >/dev/null; S load -q -i cf.tar >/dev/null
check_eq "with it each step is" 3 "$(build cf "cachefrom=$(encode '["cf:1"]')" | says | grep -c 'Using cache')"

# What is no hit: it would give something else.
hits() { build "$@" | says | grep -c 'Using cache'; }
# poison CONTAINER_CONFIG: loads an image that claims to be made by it from nothing.
poison() { mkdir -p poison/rootfs && python3 - "$1" <<'END' && tar -C poison -c . | S load -q >/dev/null; }
import hashlib, io, json, sys, tarfile
out = io.BytesIO()
with tarfile.open(fileobj=out, mode="w") as layer:
    layer.addfile(tarfile.TarInfo("evil"))
line = {"created": "2026-01-01T00:00:00Z", "created_by": "x"}
config = json.dumps({"architecture": "amd64", "os": "linux", "created": line["created"], "container_config": json.loads(sys.argv[1]), "config": {},
                     "history": [line], "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(out.getvalue()).hexdigest()]}})
open("poison/layer.tar", "wb").write(out.getvalue())
open("poison/config.json", "w").write(config)
open("poison/manifest.json", "w").write(json.dumps([{"Config": "config.json", "RepoTags": ["poison:1"], "Layers": ["layer.tar"]}]))
END
file nh/Dockerfile 'FROM scratch' 'LABEL well=known'
build nh t=nh >/dev/null
claim=$(S image inspect "$(S image inspect -f '{{.Id}}' nh)" | jq -c '.[0].ContainerConfig')
S rmi -f nh >/dev/null
poison "$claim"
check_eq "an image from elsewhere that claims to be the step" "0 0" "$(hits nh t=nh) $(S image inspect -f '{{len .RootFS.Layers}}' nh)"
check_eq "but one of our own is" 1 "$(hits nh)"
file sq/Dockerfile 'FROM busybox' 'RUN echo x >/x' 'CMD ["squashed"]'
build sq 't=sqd&squash=1' >/dev/null
file sq/Dockerfile 'FROM busybox' 'CMD ["squashed"]'
check_eq "a squashed image, whose last step it is" "0 false" "$(hits sq t=sqd2) $(run sqd2 sh -c '[ -e /x ] && echo true || echo false')"
file kept/Dockerfile 'FROM busybox AS one' 'COPY --chmod=4755 k /k' 'FROM busybox' 'COPY --from=one /k /k'
echo k >kept/k; chmod 4755 kept/k
check_eq "from a stage setuid stays" 4755 "$(build kept t=kept >/dev/null; run kept stat -c %a /k)"
file kept/Dockerfile 'FROM busybox' 'COPY k /k'
check_eq "the same file out of the context" 755 "$(build kept t=kept >/dev/null; run kept stat -c %a /k)"
file mh/Dockerfile 'FROM busybox' 'RUN --mount=type=bind,target=/ctx cat /ctx/f >/f' 'RUN true'
echo one >mh/f; build mh t=mh:1 >/dev/null
echo two >mh/f; build mh "t=mh:2&cachefrom=$(encode '["mh:1"]')" >/dev/null
check_eq "--cache-from with another file in a mount" two "$(run mh:2 cat /f)"
file mh/Dockerfile 'FROM busybox' 'RUN --network=none ls /sys/class/net >/n'
build mh t=mh:3 >/dev/null; sed -i 's/--network=none //' mh/Dockerfile
check_eq "--cache-from with another network" 0 "$(hits mh "cachefrom=$(encode '["mh:3"]')")"
file hc/Dockerfile 'FROM busybox' 'HEALTHCHECK --retries=2000000 CMD true'
build hc >/dev/null; sed -i 's/2000000/3000000/' hc/Dockerfile
check_eq "a health check of which history shows the same" "0 3000000" "$(hits hc t=hc) $(S image inspect -f '{{.Config.Healthcheck.Retries}}' hc)"
file ep/Dockerfile 'FROM busybox' 'LABEL epoch=1'
build ep >/dev/null
epoch="buildargs=$(encode '{"SOURCE_DATE_EPOCH":"1600000000"}')"
check_eq "SOURCE_DATE_EPOCH and a step of another date" "0 2020-09-13T12:26:40Z" "$(hits ep "t=ep&$epoch") $(S image inspect -f '{{.Created}}' ep)"
check_eq "but one of the same date is" 1 "$(hits ep "$epoch")"

# Contexts from elsewhere.
mkdir web; printf 'FROM busybox\nADD http://127.0.0.1:18080/data /data\nADD http://127.0.0.1:18080/data /dir/\n' >web/Dockerfile; echo downloaded >web/data; touch -d @1600000000 web/data
printf 'FROM scratch\nCOPY data /x\n' >a/Dockerfile; cp web/data a/; tar -C a -czf web/ctx.tar.gz .
python3 -m http.server -d web -b 127.0.0.1 18080 >/dev/null 2>&1 & web=$!
wait_for 10 curl -fs http://127.0.0.1:18080/data -o /dev/null
out=$(api POST "/v1.41/build?remote=http://127.0.0.1:18080/Dockerfile&t=remote:1")
check_match "a Dockerfile by address" '"id":"Downloading context"' "$out"
check_eq "ADD of an address: its contents, mode and time" 'downloaded 600 1600000000 data' "$(run remote:1 sh -c 'echo $(cat /data) $(stat -c "%a %Y" /data) $(ls /dir)')"
check_match "history has the number alone" 'ADD [0-9a-f]{64} in /data ' "$(S history --no-trunc remote:1)"
check_match "its download is told of" '"status":"Downloading","progressDetail":\{"current":11,"total":11\}' "$out"
check_match "a tar by address" 'Successfully tagged remote:2' "$(api POST "/v1.41/build?remote=http://127.0.0.1:18080/ctx.tar.gz&t=remote:2")"
sum=sha256:$(sha256sum <web/data | cut -c1-64)
printf 'FROM busybox\nADD --checksum=%s http://127.0.0.1:18080/data /data\n' "$sum" >a/Dockerfile
build a 't=summed' >/dev/null
check_eq "ADD --checksum of what is right" downloaded "$(run summed cat /data)"
printf 'FROM busybox\nARG SUM=sha256:%064d\nADD --checksum=$SUM http://127.0.0.1:18080/data /data\n' 0 >a/Dockerfile
check_match "and of what is not" "^ADD failed: digest mismatch $sum: sha256:0{64}\$" "$(build a | problem)"
printf 'FROM busybox\nADD --checksum=%s data /data\n' "$sum" >a/Dockerfile
check_match "of no download" "checksum can't be specified for non-HTTP\(S\) sources" "$(build a | problem)"
printf 'FROM busybox\nADD --checksum=md5:1 http://127.0.0.1:18080/data /data\n' >a/Dockerfile
check_match "that is none" "invalid checksum digest format: md5:1" "$(build a | problem)"
printf 'FROM busybox\nADD http://127.0.0.1:18080/none /x\n' >a/Dockerfile
check_match "one that is not there" '^ADD failed: failed to GET http://127.0.0.1:18080/none with status 404 File not found' "$(build a | problem)"
git() { command git -c user.name=t -c user.email=t@t -c init.defaultBranch=main -C repo "$@" >/dev/null 2>&1; }
mkdir -p repo/sub; git init; printf 'FROM scratch\nCOPY f /f\n' >repo/sub/Dockerfile; echo ongit >repo/sub/f; git add .; git commit -m x; git tag v1
echo later >repo/sub/f; git commit -am y
command git clone -q --bare repo web/repo.git; command git -C web/repo.git update-server-info
api POST "/v1.41/build?remote=http://127.0.0.1:18080/repo.git%23v1:sub&t=git:1" >git.out
check_eq "a directory of a git repository at a tag" ongit "$(S save git:1 | tar -xO manifest.json | jq -r '.[0].Layers[0]' | { read -r name; S save git:1 | tar -xO "$name" | tar -xO f; })"
check_match "one that is not there" 'failed to fetch the git repository: fetch: .*none.git' "$(api POST "/v1.41/build?remote=http://127.0.0.1:18080/none.git" | problem)"
check_match "a directory outside of it" 'not within git root' "$(api POST "/v1.41/build?remote=http://127.0.0.1:18080/repo.git%23v1:../.." | problem)"
check_eq "and nothing is left" "" "$(ls "$DATA/tmp")"
kill $web
check_eq "one that does not answer" 'error downloading remote context http://127.0.0.1:18080/x: Get "http://127.0.0.1:18080/x": dial tcp 127.0.0.1:18080: connect: connection refused' \
    "$(wait $web 2>/dev/null; api POST "/v1.41/build?remote=http://127.0.0.1:18080/x" | problem)"

# Errors point at the line, for those who ask for it.
file p/Dockerfile 'FROM busybox' '' 'RUN echo a; \' '  exit 3' 'ENV a=1'
rule=$(printf -- '-%.0s' {1..20})
pointed() { sed -n "/^$rule\$/,/^$rule\$/p" | grep -v -e "^$rule" | sed 's/ *$//' | paste -sd'|'; }
check_eq "the instruction that failed" '   1 |     FROM busybox|   2 ||   3 | >>> RUN echo a; \|   4 | >>>   exit 3|   5 |     ENV a=1' "$(S build p 2>&1 | pointed)"
check_eq "other clients see Docker's words alone" "The command '/bin/sh -c echo a;   exit 3' returned a non-zero code: 3" "$(build p | problem)"
file p/Dockerfile 'FROM busybox' 'ENV a'
check_eq "a line that makes no sense" '   1 |     FROM busybox|   2 | >>> ENV a' "$(S build p 2>&1 | pointed)"
file p/Dockerfile 'FROM busybox' 'RUN --mount=type=nope x'
check_eq "in whatever file it is" 'Dockerfile:2' "$(tar -C p -c . | S build - 2>&1 | grep -o '^Dockerfile:[0-9]*')"

# What is not here is said.
check_match "BuildKit" 'no BuildKit' "$(build a version=2 | problem)"
check_match "outputs" 'outputs are not possible' "$(build a "outputs=$(encode '[{"Type":"local"}]')" | problem)"
check_eq "isolation" 'unsupported isolation: "hyperv"' "$(build a isolation=hyperv | problem)"
check_match "an address of another kind" 'only http and https' "$(api POST '/v1.41/build?remote=ftp://x/y' | problem)"
check_eq "arguments that are no JSON" "error reading build args: invalid character 'o' in literal null (expecting 'u')" "$(api POST '/v1.41/build?buildargs=notjson' | problem)"

if have_docker; then
    export DOCKER_BUILDKIT=0
    printf 'FROM busybox\nCOPY . /all\nRUN ls /all\n' >a/Dockerfile; printf '*.log\n!keep.log\n' >a/.dockerignore; touch a/x.log a/keep.log
    out=$(D build -t bydocker a 2>&1)
    check_match "docker builds" 'Successfully tagged bydocker:latest' "$out"
    check_eq "what is ignored stays at home" 'keep.log' "$(run bydocker sh -c 'cd /all && ls *.log')"
    check_rc "docker gives the exit code of a RUN" 9 sh -c 'printf "FROM busybox\nRUN exit 9\n" | docker build - 2>/dev/null'
    check_match "Dockerfile from stdin with a directory" 'Successfully built' "$(printf 'FROM scratch\nCOPY f /\n' | D build -f - a 2>&1)"
    D build --iidfile id -q a >/dev/null 2>&1
    check_match "--iidfile" '^sha256:[0-9a-f]{64}$' "$(cat id)"
fi
finish
