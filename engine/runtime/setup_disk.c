/* The disk of a lab machine: one file system for all that is written there, and how fast that may be. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/loop.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Limits are for whole devices; a file system may lie on a part of one. */
static bool whole_device(dev_t device, int *major, int *minor)
{
    char path[96];
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u/partition", major(device), minor(device));
    const char *file = access(path, F_OK) == 0 ? "../dev" : "dev";
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u/%s", major(device), minor(device), file);
    char *text cleanup_free = file_read(path, NULL, NULL);
    return text && sscanf(text, "%d:%d", major, minor) == 2;
}

/* A file system without a device, in memory or over a network, cannot be slowed down, and a host without this controller slows
 * nothing down. On cgroup v1 the kernel counts reads and direct writes only, and a group's limit says nothing of those below it
 * (blkio-controller.rst): there it is set where the machine's processes are, and who makes groups of their own is free of it. */
static int limit_speed(struct setup *setup, struct error *err)
{
    static const char *const keys[] = {"throttleReadBpsDevice", "throttleWriteBpsDevice"};
    const struct hierarchy *first = cgroup_find(&setup->cgroup, "blkio");
    bool counted = first || cgroup_find(&setup->cgroup, "io");
    struct stat st;
    int major, minor;
    if (!setup->root.io || !counted || fstat(setup->root.upper_tree, &st) < 0 || !whole_device(st.st_dev, &major, &minor))
        return 0;
    json_t *io = json_object();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        json_object_set_new(io, keys[i],
                            json_pack("[{s:i, s:i, s:I}]", "major", major, "minor", minor, "rate", (json_int_t)setup->root.io));
    json_t *resources cleanup_json = json_pack("{s:o}", "blockIO", io);
    return cgroup_limit(setup->steps, first && !first->unified ? setup_seat(setup) : &setup->cgroup, resources, err);
}

int setup_disk(struct setup *setup, struct error *err)
{
    struct setup_root *root = &setup->root;
    struct mount_options plain = {.as_given = (char *)""};
    struct stat st;
    if (stat(root->disk, &st) < 0)
        return error_errno(err, errno, "find the disk %s", root->disk);
    root->upper_tree =
        S_ISDIR(st.st_mode) ? mount_copy(AT_FDCWD, root->disk, &plain, "the disk", err) : loop_mount(setup->steps, root->disk, err);
    if (root->upper_tree < 0)
        return root->upper_tree;
    root->upper_fd = openat(root->upper_tree, root->upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
    root->work_fd = openat(root->upper_tree, root->work, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root->upper_fd < 0 || root->work_fd < 0)
        return error_errno(err, errno, "open the upper layer on the disk %s", root->disk);
    return limit_speed(setup, err);
}
