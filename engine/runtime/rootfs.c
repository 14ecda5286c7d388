/* The root filesystem from the inside: mounted in the container's own mount namespace. What is mounted below it is in
 * rootfs_mounts.c, what is hidden in the end in rootfs_hide.c. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
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

static int mount_small(struct setup *setup, const char *stage, struct error *err)
{
    static char *data[] = {(char *)"mode=755", (char *)"size=64k", NULL};
    const struct mount_options options = {.data = data, .as_given = (char *)"mode=755,size=64k"};
    char *command cleanup_free = str_format("mount -t tmpfs -o %s layers %s", options.as_given, stage);
    int tree cleanup_close = mount_new("tmpfs", "layers", &options, stage, err);
    return tree < 0 ? tree : rootfs_attach_path(setup, tree, stage, command, err);
}

/* Layers that came as descriptors are mounted at a small tmpfs first: overlayfs takes only what is mounted in the caller's own
 * mount namespace. */
static int stage_layers(struct setup *setup, const char *stage, struct error *err)
{
    struct setup_root *root = &setup->root;
    struct overlay overlay = {.user_xattr = root->user_xattr};
    char **names cleanup_strv = NULL;
    int small = mount_small(setup, stage, err);
    if (small < 0)
        return small;
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

/* config-linux.md#rootfs-mount-propagation. "shared" is among the container's own, and "unbindable" would be in our own way, so
 * both come in the end; a slave is cut from the host's, and private is what a copy is anyway. */
static const struct propagation {
    const char *name;
    unsigned long in_the_end;
    bool slave;
} propagations[] = {
    {"", 0, false},
    {"private", 0, false},
    {"rprivate", 0, false},
    {"slave", 0, true},
    {"rslave", 0, true},
    {"shared", MS_SHARED, false},
    {"rshared", MS_SHARED | MS_REC, false},
    {"unbindable", MS_UNBINDABLE, false},
    {"runbindable", MS_UNBINDABLE | MS_REC, false},
};

static const struct propagation *propagation_of(const struct setup *setup)
{
    const char *name = json_str(setup->config, "linux.rootfsPropagation", "");
    for (size_t i = 0; i < ARRAY_LEN(propagations); i++)
        if (!strcmp(propagations[i].name, name))
            return &propagations[i];
    return NULL;
}

int rootfs_check_propagation(const struct setup *setup, struct error *err)
{
    if (propagation_of(setup))
        return 0;
    return error_set(err, EINVAL,
                     "linux.rootfsPropagation=%s is not supported: shared, slave, private and unbindable are, each with r",
                     json_str(setup->config, "linux.rootfsPropagation", ""));
}

bool rootfs_is_slave(const struct setup *setup) { return propagation_of(setup)->slave; }

int rootfs_propagate(struct setup *setup, struct error *err)
{
    unsigned long flags = propagation_of(setup)->in_the_end;
    return flags ? mount_propagation(setup->steps, "/", flags, err) : 0;
}

/* The directory itself, held as the mount that it has become: what lies at its path by then is another matter ("/" is one). */
static int attach_directory(struct setup *setup, struct error *err)
{
    const char *stage = access(setup->root.path, X_OK) == 0 ? setup->root.path : "/";
    char *command cleanup_free = str_format("mount --rbind %s %s", setup->root.path, stage);
    int rc = rootfs_attach_path(setup, setup->root.tree, stage, command, err);
    return rc < 0 ? rc : fcntl(setup->root.tree, F_DUPFD_CLOEXEC, 3);
}

int rootfs_make(struct setup *setup, int *root, struct error *err)
{
    const char *stage = rootfs_stage(setup);
    int rc = mount_propagation(setup->steps, "/", (rootfs_is_slave(setup) ? MS_SLAVE : MS_PRIVATE) | MS_REC, err), fd;
    if (rc < 0)
        return rc;
    if (!setup->root.lower) {
        fd = attach_directory(setup, err);
    } else if (setup->user_namespace) {
        fd = stage_layers(setup, stage, err);
    } else {
        struct overlay overlay = {setup->root.lower, setup->root.upper, setup->root.work, setup->root.user_xattr};
        rc = mount_overlay(setup->steps, &overlay, stage, err);
        fd = rc < 0 ? rc : open(stage, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (fd < 0)
        return err->code ? -err->code : error_errno(err, errno, "open the root filesystem %s", stage);
    *root = fd;
    return 0;
}
