# The runtimes alone, on the same bundle.
# shellcheck shell=bash
bundle=$TMP/bundle; mkdir -p "$bundle/rootfs"; tar -xf "$B/images/busybox.tar" -C "$bundle/rootfs"
(cd "$bundle" && runc spec && jq '.process.terminal = false | .process.args = ["true"]' config.json >c && mv c config.json)
heading "Runtime, run of one bundle" slipway-oci peer
serial=0
run_with() { serial=$((serial + 1)); "$1" --root "$TMP/runtime-$(basename "$1")" run --bundle "$bundle" "b$serial"; }
ours() { run_with "$B/slipway-oci"; }
theirs() { run_with runc; }
versus "runc $(runc --version | awk 'NR == 1 {print $3}')" "" ours theirs
# crun refuses the hybrid layout of cgroups that some machines have.
theirs() { run_with crun; }
if theirs >/dev/null 2>&1; then versus "crun" "" ours theirs; else echo "crun does not run on this machine's cgroups"; fi
