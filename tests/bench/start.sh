# How long a container takes from the command to its end.
# shellcheck shell=bash
heading "Start"
compare "run --rm --network none busybox true" "<= 0.083" run --rm --network none busybox true
compare "run --rm busybox true" "<= 0.083" run --rm busybox true
compare "run --rm -p 8099:80 busybox true" "<= 0.083" run --rm -p 8099:80 busybox true
S run -d --name bench busybox sleep 1000 >/dev/null; D run -d --name bench busybox sleep 1000 >/dev/null
compare "exec busybox true" "<= 0.200" exec bench true
compare "inspect" "<= 0.200" inspect bench
compare_engines "exec busybox true, docker's client" "<= 1" exec bench true
compare_engines "run --rm busybox true, docker's client" "<= 1" run --rm busybox true

# The same clone, mounts, cgroups and veth with nothing around them.
gcc -O2 -std=gnu17 -D_GNU_SOURCE -o "$TMP/floor" tests/bench/floor.c -lmnl
mkdir -p "$TMP/floor-root" "$TMP/floor-scratch"
tar -xf "$B/images/busybox.tar" -C "$TMP/floor-root"
ip link add slbf0 type bridge && ip link set slbf0 up
heading "Above the floor" slipway floor
ours() { S run --rm busybox true; }
theirs() { "$TMP/floor" "$TMP/floor-root" "$TMP/floor-scratch" slbf0; }
versus "run --rm busybox true / tests/bench/floor.c" "<= 3" ours theirs
