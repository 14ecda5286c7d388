#!/usr/bin/env bash
# Templates of --format: what Docker's client prints, and says of mistakes, where it is installed.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
LISTS=$(cd "$(dirname "$0")/../conformance" && pwd)
if ! have_docker || [[ $(D --version) != "Docker version 28."* ]]; then
    skip "comparison with Docker's client" "version 28 is not installed"
    finish
    exit
fi
engine_start
S run -d --name web --label tier=web --label com.example.x=1 -e COLOR=red -p 127.0.0.1:18080:80 -v hvol:/data -m 64m busybox sleep 1000 >/dev/null

# compare WORD...: the same text, the same message, the same exit code ("Up 7 seconds" may become 8 between the two: once more then)
compared=0
differ=
same() {
    local theirs ours
    D "$@" >"$TMP/o1" 2>"$TMP/e1" &
    S "$@" >"$TMP/o2" 2>"$TMP/e2"
    ours=$?
    wait $!
    theirs=$?
    [ $theirs = $ours ] && cmp -s "$TMP/o1" "$TMP/o2" && cmp -s "$TMP/e1" "$TMP/e2"
}
compare() {
    compared=$((compared + 1))
    if ! same "$@" && ! same "$@" && ! same "$@"; then
        differ="$differ [$*]"
        { diff "$TMP/o1" "$TMP/o2"; diff "$TMP/e1" "$TMP/e2"; } | cut -c1-300 | sed 's/^/# /' | head -4
    fi
}

while IFS= read -r template; do
    compare inspect -f "$template" web
done <"$LISTS/templates.txt"
check_eq "$compared templates of inspect" "" "$differ"

compared=0
differ=
for template in '{{.Names}} {{.Label "tier"}}' 'table {{.Names}}\t{{.Image}}' '{{upper .Names}}' '{{.Nope}}' 'table {{.Nope}}' '{{.Label}}' \
    '{{.Label "a" "b"}}' '{{.Names' '{{.Names.X}}' 'table {{json .Names}}' 'tablex' '{{range split .Names ","}}[{{.}}]{{end}}' '{{.Platform}}'; do
    compare ps --format "$template"
done
compare ps -q --format '{{.Names}}'
compare ps --format raw
compare ps -s --format raw
compare ps -q --format raw
compare volume ls --format raw
compare volume ls -q --format raw
compare network ls --format raw
compare volume ls --format '{{.Nope}}'
compare volume ls --format 'table {{.Name}}\t{{.Driver}}'
compare network ls --format '{{.Name}} {{.IPv6}} {{.CreatedAt}}'
compare images --format '{{.Nope}}'
compare images --format '{{.Repository}}:{{.Tag}} {{.Size}}'
compare history --format '{{.CreatedAt}} {{.Size}}' busybox
for template in '{{.Nope}}' '{{.Swarm}}' '{{.Plugins}}' '{{.Runtimes}}' '{{.ContainerdCommit}}' '{{.CPUCfsQuota}} {{.HTTPProxy}}' '{{.HttpProxy}}' '{{.Swarm.Nope}}' \
    '{{.RegistryConfig.Nope}}' '{{.ClientInfo.Context}}' '{{.ServerErrors}} {{.DefaultAddressPools}} {{.FirewallBackend}} {{.Containerd}}'; do
    compare info --format "$template"
done
for template in '{{.Server.ApiVersion}}' '{{.Server.Components}}' '{{json .Server}}' '{{.Client.Nope}}' '{{.Server.Platform.Nope}}' '{{range .Server.Components}}{{.Nope}}{{end}}'; do
    compare version --format "$template"
done
until=$(date +%s)
for template in '{{.Time}} {{.TimeNano}} {{.Scope}}' '{{.ID}} {{.Status}} {{.From}}' '{{json .}}' json '{{.}}' '{{.Actor}} {{.Actor.Attributes}}' '{{if .Time}}{{printf "%x" .Time}}{{end}}' \
    '{{.Nope}}' '{{.id}}' '{{.Actor.Nope}}' '{{.Type.Nope}}' '{{'; do
    compare events --since 0 --until "$until" --format "$template"
done
compare info --format '{{.Driver}} {{.OSType}} {{.Warnings}}'
compare version --format '{{.Nope}}'
compare version --format '{{.Server.Version}} {{.Server.Os}}'
compare inspect -f '{{.Config}} {{.RootFS.Type}} {{.RepoTags}}' busybox
compare inspect -f '{{.Mountpoint}} {{.Labels}} {{.}}' hvol
compare inspect -f '{{.IPAM}} {{.Created}} {{range .Containers}}{{.Name}}{{end}}' bridge
compare inspect -f '{{.Name}}' web nope hvol
compare inspect -f json hvol
check_eq "$compared templates of other commands" "" "$differ"
S rm -f web >/dev/null
finish
