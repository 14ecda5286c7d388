/* /dev of a container: nodes, or nodes of outside bound in where nobody can make one, and the usual links. Everything is made below
 * the root by descriptors; a hostile image may have links anywhere. */
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

static const struct {
    const char *name, *target;
    const char *needs; /* on the host: a kernel may have no /proc/kcore */
} links[] = {{"fd", "/proc/self/fd", "/"},       {"stdin", "/proc/self/fd/0", "/"}, {"stdout", "/proc/self/fd/1", "/"},
             {"stderr", "/proc/self/fd/2", "/"}, {"ptmx", "pts/ptmx", "/"},         {"core", "/proc/kcore", "/proc/kcore"}};

static mode_t type_bits(char type) { return type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR; }

static bool is_it(const struct stat *status, const struct setup_device *device)
{
    dev_t number = device->type == 'p' ? 0 : makedev(device->major, device->minor);
    return (status->st_mode & S_IFMT) == type_bits(device->type) && status->st_rdev == number;
}

/* config-linux.md#devices: "If a file already exists at path that does not match the requested device, ... an error". */
static int refuse_other(const struct setup_device *device, struct error *err)
{
    return error_set(err, EEXIST, "make the device %s: something else is there already", device->path);
}

static int make_node(int parent, const char *name, const struct setup_device *device, struct error *err)
{
    dev_t number = device->type == 'p' ? 0 : makedev(device->major, device->minor);
    struct stat status;
    if (mknodat(parent, name, type_bits(device->type) | device->mode, number) < 0) {
        if (errno != EEXIST)
            return error_errno(err, errno, "make the device %s", device->path);
        return fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && is_it(&status, device) ? 0 : refuse_other(device, err);
    }
    if (fchownat(parent, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, errno, "set the owner of %s", device->path);
    return 0;
}

/* Onto a file that is there for it, or was there for it the last time. */
static int bind_node(struct setup *setup, int root, int tree, const struct setup_device *device, struct error *err)
{
    int64_t start = step_start();
    struct stat status;
    if (tree < 0)
        return tree;
    int target cleanup_close = root_make(root, device->path, true, 0755, err);
    if (target < 0)
        return target;
    if (fstat(target, &status) < 0 || !(is_it(&status, device) || (S_ISREG(status.st_mode) && !status.st_size)))
        return refuse_other(device, err);
    char *command cleanup_free = str_format("mount --bind %s %s", device->path, device->path);
    return mount_attach(setup->steps, start, tree, target, device->path, command, err);
}

static int make_device(struct setup *setup, int root, const struct setup_device *device, struct error *err)
{
    int64_t start = step_start();
    const char *slash = strrchr(device->path, '/');
    char *directory cleanup_free = xstrndup(device->path, (size_t)(slash - device->path));
    if (device->tree >= 0)
        return bind_node(setup, root, device->tree, device, err);
    if (setup->nodes >= 0 && device->type != 'p') {
        const struct mount_options options = {.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, .as_given = (char *)""};
        char *name cleanup_free = str_format("%zu", (size_t)(device - setup->devices));
        int tree cleanup_close = mount_copy(setup->nodes, name, &options, device->path, err);
        return bind_node(setup, root, tree, device, err);
    }
    int parent cleanup_close = root_make(root, *directory ? directory : "/", false, 0755, err);
    int rc = parent < 0 ? parent : make_node(parent, slash + 1, device, err);
    step_recordf(setup->steps, start, rc, "mknod", device->path, "mknod -m %o %s %c %u %u", device->mode, device->path,
                 device->type, device->major, device->minor);
    return rc;
}

static int make_links(struct setup *setup, int root, struct error *err)
{
    int64_t start = step_start();
    int dev cleanup_close = root_open(root, "/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; dev >= 0 && i < ARRAY_LEN(links); i++)
        if (access(links[i].needs, F_OK) == 0 && symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
            return error_errno(err, errno, "make the link /dev/%s", links[i].name);
    step_record(setup->steps, start, 0, "symlink", "/dev", "ln -s /proc/self/fd /dev/fd; ln -s pts/ptmx /dev/ptmx; ...");
    return 0;
}

/* Devices belong where everybody looks for them, not where an image has them made (CVE-2026-41579, CVE-2026-47766). */
static int refuse_link(const struct setup *setup, int root, struct error *err)
{
    int dev cleanup_close = setup->bound_dev ? -EBADF : root_open_plain(root, "/dev", O_PATH | O_CLOEXEC);
    return dev == -ELOOP ? error_set(err, ELOOP, "/dev of the root filesystem must be an ordinary directory, it is a link") : 0;
}

/* Only what is mounted in one's own mount namespace can be bound from: the nodes are hung over the host's /dev as it is seen here,
 * and go with it when the old root does. Not over "/": the new root may be hung there. */
int rootfs_devices(struct setup *setup, int root, struct error *err)
{
    int rc = refuse_link(setup, root, err);
    if (!rc && setup->nodes >= 0)
        rc = rootfs_attach_path(setup, setup->nodes, "/dev", "mount -t tmpfs devices DEVICES", err);
    for (size_t i = 0; i < setup->device_count && !rc; i++)
        rc = make_device(setup, root, &setup->devices[i], err);
    return rc || setup->bound_dev ? rc : make_links(setup, root, err);
}
