# Sourced by run.sh: questions about what is stored, over the image of images.sh (390 MB, 23,000 files): `diff` with one change and
# with thousands, `system df`, and, which Docker does not have, the picture of layers; and what the daemon's memory rises to.
# shellcheck shell=bash disable=SC2016,SC2154,SC2317
seen=$B/bench-image
if [ ! -e "$seen/big.tar" ] || [ tests/bench/image.py -nt "$seen/big.tar" ]; then
    echo "(making the image: once)"; python3 tests/bench/image.py "$B/images/busybox.tar" "$seen" || exit 1
fi
for engine in S D; do
    [ -n "$("$engine" images -q big)" ] || "$engine" load -qi "$seen/big.tar" >/dev/null
    "$engine" run -d --name few big sleep 100000 >/dev/null
    "$engine" exec few sh -c 'echo changed >>/usr/lib/middle/d003/f00800'
done

heading "Seeing: an image of 390 MB and 23,000 files"
compare "diff, one file changed" "<= 0.200" diff few
compare "system df" "<= 0.200" system df
compare_engines "diff, docker's client" "<= 1" diff few
compare_engines "system df, docker's client" "<= 1" system df
for engine in S D; do
    "$engine" run -d --name many big sleep 100000
    "$engine" exec many sh -c 'cd /usr/share/small; for d in d00*; do touch $d/*; done; mkdir /new; cd /new; for i in $(seq 2000); do : >$i; done; rm -r /usr/lib/middle/d001'
    "$engine" run -v things:/t --rm big sh -c 'cd /t; for i in $(seq 2000); do echo $i >$i; done'
done >/dev/null
compare "diff, $(S diff many | wc -l) lines" "<= 0.200" diff many
compare "system df -v, and 2,000 files in a volume" "<= 0.200" system df -v

picture() { curl -fs --unix-socket "$TMP/s.sock" "http://s/slipway/$1"; }
times() { : >"$TMP/a"; for _ in $(seq "$RUNS"); do once "$@" >>"$TMP/a"; done; median "$TMP/a"; }
echo; echo "The picture of layers, ms"
alone() { printf '%-52s %10s   %s\n' "$@"; }
echo 5 >"/proc/$slipwayd/clear_refs"
alone "of the image, first time" "$(once picture images/big/layers)" ""
alone "of the image, again" "$(times picture images/big/layers)" ""
alone "a page of a layer's changes" "$(times picture 'images/big/layers?layer=2&offset=5000')" ""
alone "of a container, one change" "$(times picture containers/few/layers)" ""
alone "of a container, thousands" "$(times picture containers/many/layers)" ""
alone "peak memory of slipwayd meanwhile, MiB" "$(awk '/^VmHWM/ {printf "%.1f", $2 / 1024}' "/proc/$slipwayd/status")" "< 64"
for engine in S D; do "$engine" rm -f few many; "$engine" volume rm things; done >/dev/null 2>&1
