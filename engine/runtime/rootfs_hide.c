/* What of the root filesystem is not to be seen or not to be written: masked paths, read-only paths, the root itself, and mounts
 * that were writable only while others were mounted into them. The last act upon a container's file systems. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The container's /dev/null, which must be the real one (CVE-2025-31133). */
static int null_device(int root, const char *path, struct error *err)
{
    struct mount_options plain = {.as_given = (char *)""};
    struct stat status;
    int null cleanup_close = root_open(root, "/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (null < 0 || fstat(null, &status) < 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
        return error_set(err, EINVAL, "mask %s: /dev/null of the root filesystem is not the null device", path);
    return mount_copy(null, "", &plain, path, err);
}

static bool same_file(int fd, const struct stat *status)
{
    struct stat other;
    return fd >= 0 && fstat(fd, &other) == 0 && other.st_dev == status->st_dev && other.st_ino == status->st_ino;
}

/* Every masked directory shows one and the same empty read-only tmpfs, `*empty`; a masked file shows the null device. */
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
    bool directory = S_ISDIR(status.st_mode);
    if (directory ? same_file(*empty, &status) : S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3))
        return 0; /* masked already */
    int tree cleanup_close = !directory   ? null_device(root, path, err)
                             : *empty < 0 ? mount_new("tmpfs", "tmpfs", &options, path, err)
                                          : mount_copy(*empty, "", &options, path, err);
    if (tree < 0)
        return tree;
    char *command cleanup_free = str_format("%s %s", directory ? "mount -t tmpfs -o ro tmpfs" : "mount --bind /dev/null", path);
    int rc = mount_attach(setup->steps, start, tree, target, path, command, err);
    if (!rc && directory && *empty < 0)
        *empty = move_fd(tree);
    return rc;
}

static int seal(struct setup *setup, int tree, const char *where, struct error *err)
{
    int64_t start = step_start();
    int rc = mount_set(tree, MOUNT_ATTR_RDONLY, 0, 0, false) < 0 ? error_errno(err, errno, "make %s read-only", where) : 0;
    step_recordf(setup->steps, start, rc, "mount", where, "mount -o remount,bind,ro %s", where);
    return rc;
}

/* The path of list[i], which is absolute (config-linux.md#masked-paths); NULL: it is not. */
static const char *path_at(const json_t *list, size_t i, const char *name, struct error *err)
{
    const char *path = str_or(json_string_value(json_array_get(list, i)), "");
    if (*path == '/')
        return path;
    error_set(err, EINVAL, "linux.%s[%zu]: \"%s\" is no absolute path", name, i, path);
    return NULL;
}

int rootfs_seal(struct setup *setup, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < setup->mount_count && !rc; i++)
        if (setup->mounts[i].read_only_later)
            rc = seal(setup, setup->mounts[i].tree, setup->mounts[i].destination, err);
    return rc;
}

int rootfs_hide(struct setup *setup, int root, struct error *err)
{
    const json_t *read_only = json_at(setup->config, "linux.readonlyPaths"), *masked = json_at(setup->config, "linux.maskedPaths");
    int empty cleanup_close = -EBADF, rc = 0;
    const char *path;
    for (size_t i = 0; i < json_array_size(read_only) && !rc; i++) {
        const char *within = path = path_at(read_only, i, "readonlyPaths", err);
        int base = path ? rootfs_base(setup, root, &within) : root;
        rc = path ? mount_read_only(setup->steps, base, within, path, err) : -EINVAL;
    }
    for (size_t i = 0; i < json_array_size(masked) && !rc; i++) {
        path = path_at(masked, i, "maskedPaths", err);
        rc = path ? mask(setup, root, path, &empty, err) : -EINVAL;
    }
    if (!rc)
        rc = rootfs_seal(setup, err);
    if (!rc && json_flag(setup->config, "root.readonly", false))
        rc = seal(setup, root, "/", err);
    return rc;
}
