/* The root filesystem from the inside: mounted in the container's own mount namespace. What is mounted below it is in
 * rootfs_mounts.c, what is hidden in the end in rootfs_hide.c. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where the root is mounted before it becomes "/". The root of a user namespace may not be able to reach root.path; in this
 * mount namespace, which nobody else sees, any directory does. */
const char *rootfs_stage(const struct setup *setup) { return access(setup->root.path, X_OK) == 0 ? setup->root.path : "/tmp"; }

int rootfs_attach_path(struct setup *setup, int tree, const char *path, const char *command, struct error *err)
{
    int64_t start = step_start();
    int target cleanup_close = open(path, O_PATH | O_CLOEXEC);
    if (target < 0)
        return error_errno(err, errno, "open %s", path);
    return mount_attach(setup->steps, start, tree, target, path, command, err);
}

/* Layers that came as descriptors are mounted at a small tmpfs first: overlayfs takes only what is mounted in the caller's own
 * mount namespace. */
static int stage_layers(struct setup *setup, const char *stage, struct error *err)
{
    struct setup_root *root = &setup->root;
    struct overlay overlay = {.user_xattr = root->user_xattr};
    char **names cleanup_strv = NULL;
    if (mount("layers", stage, "tmpfs", 0, "mode=755,size=64k") < 0)
        return error_errno(err, errno, "mount tmpfs on %s", stage);
    char *merged cleanup_free = str_format("%s/merged", stage), *upper cleanup_free = str_format("%s/upper", stage);
    mkdir(merged, 0755);
    mkdir(upper, 0755);
    for (size_t i = 0; root->lower[i]; i++) {
        char *place cleanup_free = str_format("%s/%zu", stage, i);
        char *command cleanup_free = str_format("mount --bind %s %s", root->lower[i], place);
        mkdir(place, 0755);
        int rc = rootfs_attach_path(setup, root->lower_trees[i], place, command, err);
        if (rc < 0)
            return rc;
        strv_take(&names, str_format("/proc/self/fd/%d", root->lower_trees[i]));
    }
    char *upper_fd cleanup_free = str_format("/proc/self/fd/%d", root->upper_fd);
    char *work_fd cleanup_free = str_format("/proc/self/fd/%d", root->work_fd);
    overlay.lower = names;
    if (root->upper) {
        int rc = rootfs_attach_path(setup, root->upper_tree, upper, "mount --bind UPPER upper", err);
        if (rc < 0)
            return rc;
        overlay.upper = upper_fd;
        overlay.work = work_fd;
    }
    int rc = mount_overlay(setup->steps, &overlay, merged, err);
    return rc ? rc : open(merged, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int rootfs_make(struct setup *setup, int *root, struct error *err)
{
    const char *propagation = json_str(setup->config, "linux.rootfsPropagation", ""), *stage = rootfs_stage(setup);
    unsigned long kind = strstr(propagation, "shared") || strstr(propagation, "slave") ? MS_SLAVE : MS_PRIVATE;
    int rc = mount_propagation(setup->steps, "/", kind | MS_REC, err), fd;
    if (rc < 0)
        return rc;
    if (setup->root.lower && setup->user_namespace) {
        fd = stage_layers(setup, stage, err);
    } else {
        struct overlay overlay = {setup->root.lower, setup->root.upper, setup->root.work, setup->root.user_xattr};
        char *command cleanup_free = str_format("mount --rbind %s %s", setup->root.path, stage);
        rc = setup->root.lower ? mount_overlay(setup->steps, &overlay, stage, err)
                               : rootfs_attach_path(setup, setup->root.tree, stage, command, err);
        fd = rc < 0 ? rc : open(stage, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (fd < 0)
        return err->code ? -err->code : error_errno(err, errno, "open the root filesystem %s", stage);
    *root = fd;
    return 0;
}
