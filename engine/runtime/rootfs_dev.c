/* /dev of a container: nodes, or the host's nodes bound in where nobody can make one, and the usual links. /dev may be a link in
 * a hostile image, so it is opened once below the root and everything is made by that descriptor (CVE-2026-41579). */
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
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

static int make_node(int parent, const char *name, const struct setup_device *device, struct error *err)
{
    dev_t number = device->type == 'p' ? 0 : makedev(device->major, device->minor);
    if (mknodat(parent, name, type_bits(device->type) | device->mode, number) < 0) {
        struct stat status;
        if (errno == EEXIST && fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_rdev == number &&
            (status.st_mode & S_IFMT) == type_bits(device->type))
            return 0;
        return error_errno(err, errno, "make the device %s", device->path);
    }
    if (fchownat(parent, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, errno, "set the owner of %s", device->path);
    return 0;
}

static int make_device(struct setup *setup, int root, const struct setup_device *device, struct error *err)
{
    int64_t start = step_start();
    const char *slash = strrchr(device->path, '/');
    char *directory cleanup_free = xstrndup(device->path, (size_t)(slash - device->path));
    if (device->tree >= 0) {
        int target cleanup_close = root_make(root, device->path, true, 0755, err);
        char *command cleanup_free = str_format("mount --bind %s %s", device->path, device->path);
        return target < 0 ? target : mount_attach(setup->steps, start, device->tree, target, device->path, command, err);
    }
    int parent cleanup_close = root_make(root, *directory ? directory : "/", false, 0755, err);
    int rc = parent < 0 ? parent : make_node(parent, slash + 1, device, err);
    step_recordf(setup->steps, start, rc, "mknod", device->path, "mknod -m %o %s %c %u %u", device->mode, device->path,
                 device->type, device->major, device->minor);
    return rc;
}

int rootfs_devices(struct setup *setup, int root, struct error *err)
{
    int rc = 0;
    if (!setup->device_count)
        return 0; /* a bound /dev */
    for (size_t i = 0; i < setup->device_count && !rc; i++)
        rc = make_device(setup, root, &setup->devices[i], err);
    if (rc < 0)
        return rc;
    int64_t start = step_start();
    int dev cleanup_close = root_open(root, "/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; dev >= 0 && i < ARRAY_LEN(links); i++)
        if (access(links[i].needs, F_OK) == 0 && symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
            return error_errno(err, errno, "make the link /dev/%s", links[i].name);
    step_record(setup->steps, start, 0, "symlink", "/dev", "ln -s /proc/self/fd /dev/fd; ln -s pts/ptmx /dev/ptmx; ...");
    return 0;
}
