#!/bin/bash
# `make install`: the installed tree works by itself, from any place, without the checkout.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1
check "make install" make -s install DESTDIR="$TMP/root" PREFIX=/usr
unset SLIPWAY_CONTENT
bin=$TMP/root/usr/bin
check_eq "the programs are there" "slipway slipway-archive slipway-classd slipway-oci slipway-shim slipwayd" "$(find "$bin" -type f -printf '%f\n' | sort | tr '\n' ' ' | sed 's/ $//')"
check_eq "no source is" "" "$(find "$TMP/root" -name '*.[ch]')"
check "the manual is there" test -s "$TMP/root/usr/share/man/man1/slipway-run.1" -a -s "$TMP/root/usr/share/man/man8/slipwayd.8"
for file in bash-completion/completions/slipway zsh/site-functions/_slipway fish/vendor_completions.d/slipway.fish; do
    check "completion: $file" grep -q __complete "$TMP/root/usr/share/$file"
done
cd / || exit 1
B=$bin
check_match "lessons are found" "what-a-container-is" "$(S lesson list)"
check_match "labs are found" "two-namespaces-and-a-wire" "$(S lab list)"
check_match "banks are found" "containers-basics" "$(S exam list)"
engine_start
check "images are found" wait_for 10 sh -c "'$bin/slipway' images -q slipway/lab | grep -q ."
check_eq "a container runs" "hello" "$(S run --rm busybox echo hello)"
finish
