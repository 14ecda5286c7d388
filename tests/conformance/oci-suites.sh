#!/bin/bash
# Other projects' suites against a runtime: a line a case on stdout, "ok", "not" or "skip" first, and the counts at the end.
#
#   oci-suites.sh crun DIRECTORY [RUNTIME [test_x.py...]]          containers/crun: tests/*.py
#   oci-suites.sh runtime-tools DIRECTORY [RUNTIME [program...]]   opencontainers/runtime-tools: validation/*, vendored modules, Go 1.21
#
# DIRECTORY is a checkout, which is not changed. The runtime is build/slipway-oci, under the name crun, as some cases look for it in
# its help. All runs in namespaces of its own (mount, network, hostname), on a view of cgroup v1 without the v2 tree beside it.
set -u
kind=${1:-} suite=$(realpath "${2:-.}") runtime=$(realpath "${3:-${BUILD:-build}/slipway-oci}")
[ -d "$suite/tests" ] || [ -d "$suite/validation" ] || { sed -n '2,8p' "$0"; exit 2; }
[ "$(id -u)" = 0 ] || { echo "oci-suites.sh: needs root" >&2; exit 1; }
if [ "${SUITES_INSIDE:-}" != 1 ]; then
    SUITES_INSIDE=1 exec unshare --mount --net --uts --propagation private bash "$0" "$@"
fi
shift $(($# < 3 ? $# : 3))
ip link set lo up; umount /sys/fs/cgroup/unified 2>/dev/null
work=$(mktemp -d /tmp/oci-suites-XXXXXX)
trap 'find /sys/fs/cgroup -depth -type d -name "test-tmp*" -exec rmdir {} + 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
export TMPDIR=$work
ln -s "$runtime" "$work/crun"; [ "$(basename "$runtime")" = slipway-oci ] && runtime=$work/crun

crun_cases() {
    cp -r "$suite/tests" "$work/tests"; cd "$work" || exit 1
    printf '#define HAVE_SECCOMP 1\n#define HAVE_ERROR_H 1\n#define HAVE_LINUX_IOPRIO_H 1\n#define SIZEOF_TIME_T 8\n' >config.h
    gcc -O2 -static -I. -o tests/init tests/init.c -lseccomp || exit 1
    export OCI_RUNTIME=$runtime INIT=$work/tests/init PYTHONDONTWRITEBYTECODE=1
    [ $# -gt 0 ] || set -- tests/test_*.py
    for file; do
        file=$(basename "$file")
        timeout -k 5 600 python3 "tests/$file" 2>>log </dev/null |
            sed -nE "s/^ok [0-9]+ - (\S+) #SKIP *(.*) # .*/skip $file \1 \2/p; t; s/^ok [0-9]+ - (\S+).*/ok $file \1/p; t; s/^not ok [0-9]+ - (\S+).*/not $file \1/p"
    done
}

# As prove(1) counts: a program that fails, or a line that begins with "not ok".
runtime_tools_cases() {
    (cd "$suite" && export GOFLAGS=-mod=vendor GOPROXY=off CGO_ENABLED=0 && mkdir "$work/bin" && go build -o "$work/bin/" ./validation/... &&
        go build -tags "netgo osusergo" -ldflags "-extldflags -static" -o "$work/runtimetest" ./cmd/runtimetest) || exit 1
    cp "$suite"/rootfs-*.tar.gz "$work"; cd "$work" || exit 1
    export RUNTIME=$runtime
    [ $# -gt 0 ] || set -- bin/*
    for program; do
        program=$(basename "$program")
        if timeout -k 5 120 "bin/$program" >out 2>&1 </dev/null && ! grep -q '^not ok' out; then echo "ok $program"; else echo "not $program"; fi
        cat out >>log
    done
}

case $kind in
crun) crun_cases "$@" ;;
runtime-tools) runtime_tools_cases "$@" ;;
*) sed -n '2,8p' "$0"; exit 2 ;;
esac | tee "$work/cases"
cut -d' ' -f1 "$work/cases" | sort | uniq -c
[ -z "${KEEP_LOG:-}" ] || cp "$work/log" "$KEEP_LOG"
