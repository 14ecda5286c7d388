# What stays resident.
# shellcheck shell=bash
heading "Resident memory with 20 idle containers each, KiB"
for i in $(seq 20); do S run -d busybox sleep 1000; D run -d busybox sleep 1000; done >/dev/null
rss() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }
rss_of() { local sum=0 n=0 pid; for pid in "$@"; do sum=$((sum + $(rss "$pid"))); n=$((n + 1)); done; echo $((n ? sum / n : 0)); }
containerd=$(pgrep -P "$dockerd" -x containerd)
result "daemon (docker: dockerd + containerd)" "<= 0.125" "$(rss "$slipwayd")" $(($(rss "$dockerd") + $(rss "$containerd")))
# shellcheck disable=SC2046
result "one shim" "<= 0.125" "$(rss_of $(pgrep -f "slipway-shim.*$TMP/se"))" "$(rss_of $(pgrep -f "containerd-shim.*$TMP/de"))"
