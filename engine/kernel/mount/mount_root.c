/* What becomes the root of a container: an overlay of layers, idmapped lowers, and pivot_root(2). */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/mount.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int umount2(const char *target, int flags);
enum { DATA_MOST = 4095, LAYERS_MOST = 500 }; /* mount(2) takes one page; overlayfs.rst: at most 500 lower layers */
enum { DETACH = 2 /* MNT_DETACH */, UMOUNT_NOFOLLOW = 8, PRIVATE = 1 << 18 /* MS_PRIVATE */, SLAVE = 1 << 19, RECURSIVE = 0x4000 };

static char *layers_data(const struct overlay *overlay)
{
    char *lower cleanup_free = strv_join(overlay->lower, ":");
    const char *flags = overlay->user_xattr || namespace_confined() ? ",userxattr" : "";
    if (!overlay->upper)
        return str_format("lowerdir=%s%s", lower, flags);
    return str_format("lowerdir=%s,upperdir=%s,workdir=%s%s", lower, overlay->upper, overlay->work, flags);
}

/* The same layers by descriptors, whose paths are short; the caller closes them, which end with a negative one. */
static char *layers_data_short(const struct overlay *overlay, int *fds, struct error *err)
{
    char **names cleanup_strv = NULL;
    for (size_t i = 0; overlay->lower[i]; i++) {
        int fd = open(overlay->lower[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) {
            error_errno(err, errno, "open layer %s", overlay->lower[i]);
            return NULL;
        }
        fds[i] = fd;
        fds[i + 1] = -EBADF;
        strv_take(&names, str_format("/proc/self/fd/%d", fd));
    }
    struct overlay renamed = *overlay;
    renamed.lower = names;
    return layers_data(&renamed);
}

int mount_overlay(struct steps *steps, const struct overlay *overlay, const char *target, struct error *err)
{
    int64_t start = step_start();
    size_t count = strv_len(overlay->lower);
    if (count == 0 || count > LAYERS_MOST)
        return error_set(err, EINVAL, "mount overlay on %s: %zu lower layers, 1 to %d are possible", target, count, LAYERS_MOST);
    char *shown cleanup_free = layers_data(overlay);
    int *fds cleanup_free = xmalloc((count + 1) * sizeof *fds), rc = 0;
    fds[0] = -EBADF;
    char *small cleanup_free = strlen(shown) > DATA_MOST ? layers_data_short(overlay, fds, err) : xstrdup(shown);
    if (small && mount("overlay", target, "overlay", 0, small) < 0)
        rc = error_errno(err, errno, "mount overlay on %s (%zu lower layers)", target, count);
    for (size_t i = 0; fds[i] >= 0; i++)
        close(fds[i]);
    if (!small)
        return -err->code;
    step_recordf(steps, start, rc, "mount", target, "mount -t overlay -o %s overlay %s", shown, target);
    return rc;
}

int mount_idmapped(struct steps *steps, const char *path, int userns, struct error *err)
{
    int64_t start = step_start();
    int rc = 0;
    int tree cleanup_close = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    struct mount_attr attr = {
        .attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_RDONLY, .propagation = PRIVATE, .userns_fd = (uint64_t)userns};
    if (tree < 0)
        rc = error_errno(err, errno, "open layer %s", path);
    else if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
        rc = error_errno(err, errno, "map the owners of %s into the user namespace", path);
    step_recordf(steps, start, rc, "mount", path, "mount --bind -o ro,X-mount.idmap=/proc/PID/ns/user %s", path);
    return rc < 0 ? rc : move_fd(tree);
}

int mount_map_tree(struct steps *steps, int tree, int userns, bool recursive, const char *shown, struct error *err)
{
    int64_t start = step_start();
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns};
    int rc = 0;
    if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr) < 0)
        rc = error_errno(err, errno, "map the owners of %s into the user namespace%s", shown,
                         errno == EINVAL ? " (its file system takes no idmapped mounts)" : "");
    step_recordf(steps, start, rc, "mount", shown, "mount --%sbind -o X-mount.idmap=/proc/PID/ns/user %s", recursive ? "r" : "",
                 shown);
    return rc;
}

int mount_map_owners(struct steps *steps, int tree, int userns, const char *shown, struct error *err)
{
    /* In somebody's user namespace not ours to map: it has our own ids already. */
    return namespace_confined() ? 0 : mount_map_tree(steps, tree, userns, false, shown, err);
}

/* Without pivot_root (an initramfs as root): the mount is moved over "/" and chroot goes there. */
static int move_root(struct error *err)
{
    if (mount(".", "/", NULL, 0x2000 /* MS_MOVE */, NULL) < 0 || chroot(".") < 0)
        return error_errno(err, errno, "move the root filesystem to /");
    return 0;
}

/* From inside it, or this would take the container's own mounts out of their peer groups; and as a slave, so that its unmounting
 * does not travel to the host. What lies over it goes first, one mount a call; the kernel refuses once it is gone itself. */
static int leave(int old)
{
    if (fchdir(old) < 0 || mount(NULL, ".", NULL, SLAVE | RECURSIVE, NULL) < 0)
        return -1;
    while (umount2(".", DETACH) == 0)
        ;
    return errno == EINVAL ? 0 : -1;
}

int mount_pivot(struct steps *steps, int root, bool no_pivot, struct error *err)
{
    int64_t start = step_start();
    int rc = 0;
    int old cleanup_close = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (old < 0 || fchdir(root) < 0)
        return error_errno(err, errno, "enter the root filesystem");
    if (no_pivot)
        rc = move_root(err);
    else if (syscall(SYS_pivot_root, ".", ".") < 0)
        rc = error_errno(err, errno, "pivot_root");
    else if (leave(old) < 0) /* it now lies over the new one */
        rc = error_errno(err, errno, "let go of the old root");
    if (!rc && chdir("/") < 0)
        rc = error_errno(err, errno, "enter /");
    step_record(steps, start, rc, no_pivot ? "mount move" : "pivot_root", "/",
                no_pivot ? "mount --move . / && chroot ." : "pivot_root . . && umount -l .");
    return rc;
}

int mount_let_go(struct steps *steps, int root, struct error *err)
{
    int64_t start = step_start();
    int rc = fchdir(root) < 0 || umount2(".", DETACH) < 0 ? error_errno(err, errno, "unmount the root filesystem") : 0;
    step_record(steps, start, rc, "umount", "root", "umount -l .");
    return rc;
}

/* umount2(2) takes a path: a name in the directory that was found below the root, links not followed. */
int mount_remove(struct steps *steps, int root, const char *path, struct error *err)
{
    int64_t start = step_start();
    char *whole cleanup_free = xstrdup(path), *end = whole + strlen(whole);
    while (end > whole && end[-1] == '/')
        *--end = 0;
    char *slash = strrchr(whole, '/'), *name = slash ? slash + 1 : whole;
    char *directory cleanup_free = xstrndup(whole, (size_t)(name - whole));
    int parent cleanup_close = root_open(root, directory, O_PATH | O_DIRECTORY | O_CLOEXEC), rc = 0;
    if (parent < 0)
        rc = error_errno(err, -parent, "unmount %s", path);
    else if (!*name || fchdir(parent) < 0 || umount2(name, DETACH | UMOUNT_NOFOLLOW) < 0)
        rc = error_errno(err, *name ? errno : EBUSY, "unmount %s", path);
    step_recordf(steps, start, rc, "umount", path, "umount -l %s", path);
    return rc;
}
