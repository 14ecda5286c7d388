#!/bin/bash
# Other projects' suites against a runtime: a line a case on stdout, "ok", "not" or "skip" first, and the counts at the end.
#
#   oci-suites.sh crun DIRECTORY [RUNTIME [test_x.py...]]          containers/crun: tests/*.py
#   oci-suites.sh runtime-tools DIRECTORY [RUNTIME [program...]]   opencontainers/runtime-tools: validation/*, vendored modules, Go 1.19
#
# DIRECTORY is a checkout, which is not changed; programs that were built are kept in the folder PROGRAMS, where that is set, and what
# the cases say in the file KEEP_LOG. The runtime is build/slipway-oci, under the name crun, as some cases look for it in its help.
# All runs in namespaces of its own (mounts, network, hostname, ipc, processes), with mounts shared as systemd would have them, on a
# view of cgroup v1 without the v2 tree beside it. oci-suites.md tells of each case that fails.
set -u
here=$(dirname "$(realpath "$0")")
kind=${1:-} suite=$(realpath "${2:-.}") runtime=$(realpath "${3:-${BUILD:-build}/slipway-oci}")
[ -d "$suite/tests" ] || [ -d "$suite/validation" ] || { sed -n '2,8p' "$0"; exit 2; }
[ "$(id -u)" = 0 ] || { echo "oci-suites.sh: needs root" >&2; exit 1; }
if [ "${SUITES_INSIDE:-}" != 1 ]; then
    SUITES_INSIDE=1 exec unshare --mount --net --uts --ipc --pid --fork --kill-child --mount-proc --propagation private bash "$0" "$@"
fi
shift $(($# < 3 ? $# : 3))
ip link set lo up; umount /sys/fs/cgroup/unified 2>/dev/null; mount --make-rshared /
work=$(mktemp -d /tmp/oci-suites-XXXXXX)
trap 'find /sys/fs/cgroup -depth -type d -name "test-tmp*" -exec rmdir {} + 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
export TMPDIR=$work
ln -s "$runtime" "$work/crun"; [ "$(basename "$runtime")" = slipway-oci ] && runtime=$work/crun

crun_cases() {
    cp -r "$suite/tests" "$work/tests"; cd "$work" || exit 1
    python3 -c 'import libmount' 2>/dev/null || cp "$here/libmount.py" "$work/tests/"
    python3 -c 'import os; os.setns' 2>/dev/null || cp "$here/sitecustomize.py" "$work/tests/"
    printf '#define HAVE_SECCOMP 1\n#define HAVE_ERROR_H 1\n#define HAVE_LINUX_IOPRIO_H 1\n#define SIZEOF_TIME_T 8\n' >config.h
    gcc -O2 -static -I. -o tests/init tests/init.c -lseccomp || exit 1
    # Not every kernel has the link that a case wants to be moved: an end of a pair will do.
    if ! ip link add tried type dummy 2>/dev/null; then
        mkdir sbin; printf '#!/bin/sh\ncase "$*" in "link add "*" type dummy") set -- link add "$3" type veth ;; esac\nexec %s "$@"\n' "$(command -v ip)" >sbin/ip
        chmod 755 sbin/ip; PATH=$work/sbin:$PATH
    fi
    ip link del tried 2>/dev/null
    export OCI_RUNTIME=$runtime INIT=$work/tests/init PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$work/tests
    [ $# -gt 0 ] || set -- tests/test_*.py
    for file; do
        file=$(basename "$file")
        # A terminal as stdout, which some cases insist on.
        timeout -k 5 600 script -qec "python3 'tests/$file' 2>>log" /dev/null </dev/null | tr -d '\r' |
            sed -nE "s/^ok [0-9]+ - (\S+) #SKIP *(.*) # .*/skip $file \1 \2/p; t; s/^ok [0-9]+ - (\S+).*/ok $file \1/p; t; s/^not ok [0-9]+ - (\S+).*/not $file \1/p"
    done
}

# The programs ask for Go 1.21, Debian 12 has 1.19: there what they use of the newer library is newer.go.txt's.
older_go() {
    local file package=github.com/opencontainers/runtime-tools/newer
    mkdir newer && cp "$here/newer.go.txt" newer/newer.go || return
    grep -rlE '"slices"|sync\.OnceValue|strings\.CutPrefix' --include=*.go . | while read -r file; do
        sed -i -E "s|\"slices\"|slices \"$package\"|; s/(sync)\.(OnceValue)/newer.\2/; s/(strings)\.(CutPrefix)/newer.\2/" "$file"
        grep -q 'newer\.' "$file" || continue
        sed -i -E "0,/^package .*/s||&\nimport newer \"$package\"|" "$file"
        ! grep -q '"sync"' "$file" || echo 'var _ sync.Once' >>"$file"
    done
}

build_programs() {
    cp -r "$suite" "$work/source" && mkdir -p "$1/bin" && cd "$work/source" && export GOFLAGS=-mod=vendor GOPROXY=off CGO_ENABLED=0 &&
        { [[ ! $(go env GOVERSION) =~ ^go1\.(19|20) ]] || older_go; } && go build -o "$1/bin/" ./validation/... &&
        go build -tags "netgo osusergo" -ldflags "-extldflags -static" -o "$1/runtimetest" ./cmd/runtimetest
}

# As prove(1) counts: a program that fails, or a line that begins with "not ok".
runtime_tools_cases() {
    local programs=${PROGRAMS:-$work/programs}
    [ -x "$programs/runtimetest" ] || build_programs "$programs" || exit 1
    cp "$suite"/rootfs-*.tar.gz "$programs/runtimetest" "$work"; cd "$work" || exit 1
    export RUNTIME=$runtime
    [ $# -gt 0 ] || set -- "$programs"/bin/*
    for program; do
        program=$(basename "$program")
        if timeout -k 5 120 "$programs/bin/$program" >out 2>&1 </dev/null && ! grep -q '^not ok' out; then echo "ok $program"; else echo "not $program"; fi
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
