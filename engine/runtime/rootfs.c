/* The root filesystem from the inside: mounted in the container's own mount namespace, then everything of config.mounts below
 * it, then what is to be hidden or read-only. */
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
static const char *stage_path(const struct setup *setup) { return access(setup->root.path, X_OK) == 0 ? setup->root.path : "/tmp"; }

static int attach_path(struct setup *setup, int tree, const char *path, const char *command, struct error *err)
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
        int rc = attach_path(setup, root->lower_trees[i], place, command, err);
        if (rc < 0)
            return rc;
        strv_take(&names, str_format("/proc/self/fd/%d", root->lower_trees[i]));
    }
    char *upper_fd cleanup_free = str_format("/proc/self/fd/%d", root->upper_fd);
    char *work_fd cleanup_free = str_format("/proc/self/fd/%d", root->work_fd);
    overlay.lower = names;
    if (root->upper) {
        int rc = attach_path(setup, root->upper_tree, upper, "mount --bind UPPER upper", err);
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
    const char *propagation = json_str(setup->config, "linux.rootfsPropagation", ""), *stage = stage_path(setup);
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
                               : attach_path(setup, setup->root.tree, stage, command, err);
        fd = rc < 0 ? rc : open(stage, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (fd < 0)
        return err->code ? -err->code : error_errno(err, errno, "open the root filesystem %s", stage);
    *root = fd;
    return 0;
}

/* A directory whose owners are mapped into the user namespace belongs to its root, and "read-only" is but a flag of a mount that
 * this root may change. So it is never mounted as itself: an overlay without an upper layer is read-only as a whole, whatever
 * mount(8) says to it. The kernel wants two layers then; the other is empty. */
static int lend_mount(struct setup *setup, int target, const struct setup_mount *mount, struct error *err)
{
    char *place cleanup_free = str_format("%s/lent-%zu", stage_path(setup), (size_t)(mount - setup->mounts));
    char *empty cleanup_free = str_format("%s/empty", stage_path(setup)), *fd cleanup_free = str_format("/proc/self/fd/%d", target);
    char *layer cleanup_free = str_format("/proc/self/fd/%d", mount->tree);
    char *command cleanup_free = str_format("mount --bind %s %s", mount->source, place);
    char *lower[] = {layer, empty, NULL};
    const struct overlay overlay = {.lower = lower, .user_xattr = true};
    mkdir(place, 0755);
    mkdir(empty, 0755);
    int rc = attach_path(setup, mount->tree, place, command, err);
    return rc ? rc : mount_overlay(setup->steps, &overlay, fd, err);
}

static int bind_mount(struct setup *setup, int root, struct setup_mount *mount, struct error *err)
{
    int64_t start = step_start();
    /* The disk is part of this mount namespace now; before, nobody could have taken a piece of it. */
    if (mount->on_disk && setup->root.disk)
        mount->tree = mount_copy(setup->root.upper_tree, mount->source, &mount->options, mount->destination, err);
    if (mount->tree < 0)
        return mount->tree;
    int target cleanup_close = root_make(root, mount->destination, mount->a_file, 0755, err);
    if (target < 0)
        return target;
    struct stat status;
    if (fstat(target, &status) == 0 && mount->a_file == S_ISDIR(status.st_mode))
        return error_set(err, ENOTDIR, "error mounting \"%s\" to rootfs at \"%s\": mount a %s onto a %s: not a directory",
                         mount->source, mount->destination, mount->a_file ? "file" : "directory",
                         mount->a_file ? "directory" : "file");
    if (mount->idmap)
        return lend_mount(setup, target, mount, err);
    char *command cleanup_free =
        str_format("mount --%sbind%s %s %s", mount->options.recursive_bind ? "r" : "",
                   mount->options.set & MOUNT_ATTR_RDONLY ? " -o ro" : "", mount->source, mount->destination);
    return mount_attach(setup->steps, start, mount->tree, target, mount->destination, command, err);
}

static int cgroup_view(struct setup *setup, int place, const struct setup_cgroup_view *view, const char *where, struct error *err)
{
    int64_t start = step_start();
    char *shown cleanup_free = str_format("%s/%s", where, view->name);
    char *command cleanup_free =
        str_format("mount -t cgroup -o %s cgroup %s", view->controllers ? view->controllers[0] : "", shown);
    if (mkdirat(place, view->name, 0755) < 0 && errno != EEXIST)
        return error_errno(err, errno, "make %s", shown);
    int target cleanup_close = openat(place, view->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0)
        return error_errno(err, errno, "open %s", shown);
    for (size_t i = 0; view->controllers && view->controllers[i]; i++)
        if (strcmp(view->controllers[i], view->name) && !strchr(view->controllers[i], '='))
            (void)symlinkat(view->name, place, view->controllers[i]);
    return mount_attach(setup->steps, start, view->tree, target, shown, command, err);
}

/* v1 and hybrid: a small tmpfs with one directory a hierarchy. v2 alone: the tree itself. */
static int cgroup_mount(struct setup *setup, int root, const struct setup_mount *mount, struct error *err)
{
    int64_t start = step_start();
    int target cleanup_close = root_make(root, mount->destination, false, 0755, err);
    if (target < 0)
        return target;
    if (setup->view_count == 1 && !*setup->views[0].name)
        return mount_attach(setup->steps, start, setup->views[0].tree, target, mount->destination,
                            "mount -t cgroup2 cgroup2 /sys/fs/cgroup", err);
    char *data[] = {(char *)"mode=755", NULL};
    struct mount_options options = {
        .set = mount->options.set & ~(uint64_t)MOUNT_ATTR_RDONLY, .data = data, .as_given = (char *)"mode=755"};
    int tree cleanup_close = mount_new("tmpfs", "tmpfs", &options, mount->destination, err);
    if (tree < 0)
        return tree;
    int rc =
        mount_attach(setup->steps, start, tree, target, mount->destination, "mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup", err);
    int place cleanup_close = rc < 0 ? -EBADF : root_open(root, mount->destination, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < setup->view_count && !rc; i++)
        rc = cgroup_view(setup, place, &setup->views[i], mount->destination, err);
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    if (!rc && mount->options.set & MOUNT_ATTR_RDONLY &&
        syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
        rc = error_errno(err, errno, "make %s read-only", mount->destination);
    return rc;
}

int rootfs_mounts(struct setup *setup, int root, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < setup->mount_count && !rc; i++) {
        struct setup_mount *mount = &setup->mounts[i];
        if (mount->options.bind)
            rc = bind_mount(setup, root, mount, err);
        else if (rootfs_is_kernel(mount))
            rc = rootfs_kernel_mount(setup, root, mount, err);
        else if (str_starts(mount->type, "cgroup"))
            rc = cgroup_mount(setup, root, mount, err);
        else
            rc = mount_at(setup->steps, root, mount->type, mount->source, mount->destination, &mount->options, err);
        if (!rc && !rootfs_is_kernel(mount))
            rootfs_hold(setup, mount->destination, mount->tree);
    }
    return rc;
}

/* Every masked directory shows one and the same empty read-only tmpfs; a masked file shows the container's /dev/null, which must
 * be the real one (CVE-2025-31133). */
static int mask(struct setup *setup, int root, const char *path, int *empty, struct error *err)
{
    int64_t start = step_start();
    struct mount_options options = {.set = MOUNT_ATTR_RDONLY, .as_given = (char *)"ro"};
    struct stat status;
    const char *within = path;
    int base = rootfs_base(setup, root, &within), target cleanup_close = root_open(base, within, O_PATH | O_CLOEXEC);
    if (target == -ENOENT || target == -ENOTDIR || target == -EACCES)
        return 0;
    if (target < 0 || fstat(target, &status) < 0)
        return error_errno(err, target < 0 ? -target : errno, "mask %s", path);
    int tree cleanup_close = -EBADF;
    if (S_ISDIR(status.st_mode)) {
        tree = *empty < 0 ? mount_new("tmpfs", "tmpfs", &options, path, err) : mount_copy(*empty, "", &options, path, err);
    } else {
        int null cleanup_close = root_open(root, "/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (null < 0 || fstat(null, &status) < 0 || !S_ISCHR(status.st_mode) || status.st_rdev != 0x103)
            return error_set(err, EINVAL, "mask %s: /dev/null of the root filesystem is not the null device", path);
        struct mount_options plain = {.as_given = (char *)""};
        tree = mount_copy(null, "", &plain, path, err);
    }
    if (tree < 0)
        return tree;
    const char *how = S_ISDIR(status.st_mode) ? "mount -t tmpfs -o ro tmpfs" : "mount --bind /dev/null";
    char *command cleanup_free = str_format("%s %s", how, path);
    int rc = mount_attach(setup->steps, start, tree, target, path, command, err);
    if (!rc && S_ISDIR(status.st_mode) && *empty < 0)
        *empty = move_fd(tree);
    return rc;
}

int rootfs_hide(struct setup *setup, int root, struct error *err)
{
    int empty cleanup_close = -EBADF, rc = 0;
    size_t i;
    json_t *item;
    json_array_foreach(json_at(setup->config, "linux.readonlyPaths"), i, item)
    {
        const char *path = str_or(json_string_value(item), ""), *within = path;
        int base = rootfs_base(setup, root, &within);
        if (!rc)
            rc = mount_read_only(setup->steps, base, within, path, err);
    }
    json_array_foreach(json_at(setup->config, "linux.maskedPaths"), i, item)
    {
        if (!rc)
            rc = mask(setup, root, json_string_value(item), &empty, err);
    }
    if (!rc && json_flag(setup->config, "root.readonly", false)) {
        int64_t start = step_start();
        struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
        if (syscall(SYS_mount_setattr, root, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
            rc = error_errno(err, errno, "make the root filesystem read-only");
        step_record(setup->steps, start, rc, "mount", "/", "mount -o remount,bind,ro /");
    }
    return rc;
}
