#!/bin/bash
# commit, import, history and rmi of such images, system df, image prune: layers with the right contents and sizes, and freed again.
. "$(dirname "$0")/../lib.sh"
engine_start
cd "$TMP" || exit 1
wait_for 30 S image inspect slipway/lab # the last that is imported at a first start

S run -d --name work -e GREETING=hello --label team=red busybox sh -c \
  'echo x >/new; rm /etc/passwd; mkdir /d; rm -r /etc/group; mknod /d/dev c 1 3; dd if=/dev/zero of=/d/hole bs=1 count=1 seek=20M 2>/dev/null; ln /new /d/hard; touch /ready; sleep 1000' >/dev/null
wait_for 10 S exec work test -e /ready
id=$(S commit -a Ravi -m 'Application installed' work app:1.0)
check_match "commit prints the id" '^sha256:[0-9a-f]{64}$' "$id"
check_eq "author, comment, layers" "Ravi|Application installed|2" \
  "$(S image inspect -f '{{.Author}}|{{.Comment}}|{{len .RootFS.Layers}}' app:1.0)"
check_eq "its container and parent" "$(S inspect -f '{{.Id}} {{.Image}}' work)" "$(S image inspect -f '{{.Container}} {{.Parent}}' app:1.0)"
check_match "history tells what made it" '^sh -c echo x .*\|Application installed$' \
  "$(S history --no-trunc --format '{{.CreatedBy}}|{{.Comment}}' app:1.0 | head -1)"
check_eq "what was written is there" x "$(S run --rm app:1.0 cat /new)"
check_eq "what was deleted is not" gone "$(S run --rm app:1.0 sh -c '[ -e /etc/passwd ] || echo gone')"
check_eq "a device is a device" "1:3" "$(S run --rm app:1.0 stat -c %t:%T /d/dev)"
check_eq "hard links are one file" 2 "$(S run --rm app:1.0 stat -c %h /new)"
check_eq "a hole takes no room" 1 "$(S run --rm app:1.0 sh -c '[ $(du -k /d/hole | cut -f1) -lt 1024 ] && echo 1')"
check_eq "the environment comes along" hello "$(S run --rm app:1.0 sh -c 'echo $GREETING')"
check_eq "and the labels" red "$(S image inspect -f '{{.Config.Labels.team}}' app:1.0)"
check_eq "the container runs on" true "$(S inspect -f '{{.State.Running}} {{.State.Paused}}' work | grep -o ^true)"

S commit -p=false -c 'CMD ["sh", "-c", "cat /new"]' -c 'ENV A=b' -c 'EXPOSE 80 81/udp' -c 'WORKDIR /d' -c 'USER 5' -c 'VOLUME /v' \
  -c 'STOPSIGNAL SIGINT' -c 'ENTRYPOINT []' -c 'LABEL a=b "c d"="e f"' -c 'ONBUILD RUN x' \
  -c 'HEALTHCHECK --interval=5s --retries=2 CMD test -e /new' work app:2.0 >/dev/null
check_eq "changes as in a Dockerfile" '["sh","-c","cat /new"] ["GREETING=hello","A=b"] {"80/tcp":{},"81/udp":{}} /d 5 {"/v":{}} SIGINT ["RUN x"]' \
  "$(S image inspect -f '{{json .Config.Cmd}} {{json .Config.Env}} {{json .Config.ExposedPorts}} {{.Config.WorkingDir}} {{.Config.User}} {{json .Config.Volumes}} {{.Config.StopSignal}} {{json .Config.OnBuild}}' app:2.0)"
check_eq "labels with spaces" "e f" "$(S image inspect -f '{{index .Config.Labels "c d"}}' app:2.0)"
check_eq "a health check" '{"Interval":5000000000,"Retries":2,"Test":["CMD-SHELL","test -e /new"]}' \
  "$(S image inspect -f '{{json .Config.Healthcheck}}' app:2.0 | jq -cS .)"
check_eq "and its command runs" x "$(S run --rm app:2.0)"
check_match "a bad instruction" 'unknown instruction: FOO' "$(S commit -c 'FOO bar' work app:3 2>&1)"
check_match "one that is none for commit" 'RUN is not a valid change command' "$(S commit -c 'RUN x' work app:3 2>&1)"
check_match "a bad name" 'invalid reference format' "$(S commit work 'Bad Name' 2>&1)"
check_match "no such container" 'No such container: gone' "$(S commit gone 2>&1)"
# The layer of a run that has just ended is cleared behind its answer.
none_half_made() { [ -z "$(find "$DATA/overlay2" -maxdepth 1 -name 'tmp-*')" ]; }
check "a failed one leaves nothing" wait_for 10 none_half_made

layers() { find "$DATA/image/overlay2/layerdb/sha256" -mindepth 1 -maxdepth 1 | wc -l; }
S create --name idle busybox true >/dev/null
before=$(layers)
S commit idle same:1 >/dev/null
check_eq "a container that changed nothing adds no layer" "$before" "$(layers)"
check_eq "only a line of history" 2 "$(S history -q same:1 | wc -l)"

check_match "an image that others were made from loses its name only" '^Untagged: busybox:latest$' "$(S tag busybox keep:1; S rmi busybox 2>&1)"
S tag keep:1 busybox
check_match "and cannot be deleted" 'image has dependent child images' "$(S rmi -f "$(S image inspect -f '{{.Id}}' busybox)" 2>&1)"
S run -d --name user -u 0 app:2.0 sleep 1000 >/dev/null 2>&1
check_match "nor one that runs" 'image is being used by running container' "$(S rmi -f "$(S images -q app:2.0)" 2>&1)"
S rm -fv user >/dev/null
check_match "a layer goes with its last image" '^Deleted: sha256:' "$(S rmi app:1.0)"
check "shared layers stay" S run --rm app:2.0 true
S rmi app:2.0 >/dev/null
all_freed() { [ "$(layers)" = $((before - 1)) ]; } # a removed container lets go of its layers behind the answer
check "and are gone then" wait_for 10 all_freed

S export work >all.tar
check_match "import of an export" '^sha256:' "$(S import -c 'CMD ["cat", "/new"]' -m 'from export' all.tar imported:v1)"
check_eq "runs" x "$(S run --rm imported:v1)"
check_eq "with its comment" "from export" "$(S history --format '{{.Comment}}' imported:v1)"
check_eq "for another platform" "linux/arm64" "$(S import --platform linux/arm64 all.tar imported:arm >/dev/null; S image inspect -f '{{.Os}}/{{.Architecture}}' imported:arm)"
check_match "but not for another system" 'operating system|platform' "$(S import --platform windows/amd64 all.tar imported:win 2>&1)"
python3 -m http.server 8099 --bind 127.0.0.1 >/dev/null 2>&1 &
server=$!
wait_for 10 curl -sf http://127.0.0.1:8099/all.tar -o /dev/null
check_match "from an URL" '^sha256:' "$(S import http://127.0.0.1:8099/all.tar imported:url 2>&1 | tail -1)"
check_match "that has nothing" '404' "$(S import http://127.0.0.1:8099/nope.tar imported:url 2>&1)"
kill $server
check_match "from an URL that needs TLS" "Get .https://127.0.0.1/x.tar.: dial tcp 127.0.0.1:443: connect: connection refused" "$(S import https://127.0.0.1/x.tar imported:url 2>&1)"

S rmi imported:v1 imported:arm imported:url same:1 keep:1 >/dev/null 2>&1
S exec work sh -c 'echo 12345 >/root/six'
S volume create unused >/dev/null
echo 123 >"$DATA/volumes/unused/_data/four"
df=$(S system df)
check_match "df counts containers" '^Containers +2 +1 +20\.97MB +0B \(0%\)$' "$df"
check_match "and volumes" '^Local Volumes +1 +0 +4B +4B \(100%\)$' "$df"
check_match "in detail" '^unused +0 +4B$' "$(S system df -v)"
check_eq "by template" "Containers 2 1" "$(S system df --format '{{.Type}} {{.TotalCount}} {{.Active}}' | sed -n 2p)"
check_eq "for one type" "Containers" "$(api GET '/system/df?type=container' | jq -r 'keys|join(" ")')"
check_eq "SizeRootFs is the image and its own" "$(( $(S image inspect -f '{{.Size}}' busybox) + 20971529 ))" "$(S inspect -s -f '{{.SizeRootFs}}' work)"
S commit work >/dev/null
check_match "prune takes what has no name" '^Total reclaimed space: 20.97MB$' "$(S image prune -f)"
S commit idle spare:1 >/dev/null
check_match "-a what nothing uses" '^untagged: spare:1$' "$(S image prune -a -f --filter label!=x)"
check "and nothing that is used" S image inspect busybox
check_match "not what is younger" 'reclaimed space: 0B' "$(S commit idle spare:2 >/dev/null; S image prune -a -f --filter until=1h)"

# Interrupted commits leave the store as it was.
S exec work sh -c 'dd if=/dev/urandom of=/root/big bs=1M count=60 2>/dev/null'
for delay in 0.05 0.15 0.3; do
  S commit work half:1 >/dev/null 2>&1 &
  client=$!
  sleep $delay
  engine_kill9
  wait $client 2>/dev/null
  engine_start >/dev/null
  check_eq "killed after $delay s: whole or not at all" 0 "$(if S image inspect half:1 >/dev/null 2>&1; then S run --rm half:1 sh -c '[ $(stat -c %s /root/big) = 62914560 ]'; echo $?; else echo 0; fi)"
  check "and nothing half-made is left" wait_for 10 none_half_made
  S rmi half:1 >/dev/null 2>&1
done
finish
