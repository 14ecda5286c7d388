# The runtimes alone, on the same bundle, where each of them runs: crun refuses the hybrid layout of cgroups that some machines have, so
# the small v2 tree beside v1 is unmounted, in a mount namespace of these rows. State is kept in memory, as /run is.
# shellcheck shell=bash
gcc -O2 -std=gnu17 -D_GNU_SOURCE -o "$TMP/floor" tests/bench/floor.c -lmnl
export -f once median ratio verdict row titles heading result versus
export B TMP RUNS
unshare --mount --propagation private bash tests/bench/runtime-rows.sh
