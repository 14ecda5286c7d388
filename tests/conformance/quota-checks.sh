#!/bin/bash
# Limits on what a container's layer and a volume may hold: project quota, which needs a kernel and a file system that count projects
# (ext4 with prjquota here). Run by v2.sh, because few kernels of virtual machines have it; by itself where there is one.
. "$(dirname "$0")/../lib.sh"
modprobe -a loop quota_v2 2>/dev/null
truncate -s 256M "$TMP/disk"
mkfs.ext4 -q -F -O quota,project -E quotatype=prjquota "$TMP/disk"
mkdir "$TMP/place"
if ! mount -o loop,prjquota "$TMP/disk" "$TMP/place" 2>/dev/null; then
    skip "limits on layers and volumes" "this kernel has no project quota"
    finish
fi
DATA=$TMP/place/data
engine_start

# How many MiB of 30 fit.
fits() { S run --rm --network none "$@" sh -c 'dd if=/dev/zero of=$PLACE/big bs=1M count=30 2>/dev/null; echo $(($(stat -c %s $PLACE/big) >> 20))'; }
check_eq "without a limit all fits" "30" "$(fits -e PLACE= busybox)"
check_match "--storage-opt size limits the container's layer" '^(9|10)$' "$(fits -e PLACE= --storage-opt size=10m busybox)"
check_eq "and that of no other container" "30" "$(fits -e PLACE= --storage-opt size=100m busybox)"
S volume create -o size=5m small >/dev/null
check_match "a volume's size limits the volume" '^(4|5)$' "$(fits -e PLACE=/d -v small:/d busybox)"
check_eq "but not the layer beside it" "30" "$(fits -e PLACE= -v small:/d busybox)"
engine_stop
umount "$TMP/place"
finish
