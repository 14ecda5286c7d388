/* Paths below a root descriptor: opened and made without ever leaving the root, whatever links it holds (openat2(2)). */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_resolved(int root, const char *path, int flags, uint64_t resolve)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)flags, .resolve = resolve | RESOLVE_NO_MAGICLINKS};
    for (int tries = 0; tries < 32; tries++) { /* EAGAIN: a rename somewhere below; the kernel asks to try again */
        int fd = (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);
        if (fd >= 0)
            return fd;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    return -EAGAIN;
}

int root_open(int root, const char *path, int flags) { return open_resolved(root, path, flags, RESOLVE_IN_ROOT); }
int beneath_open(int root, const char *path, int flags) { return open_resolved(root, path, flags, RESOLVE_BENEATH); }

/* Open the first `len` bytes of `path` as a directory, making the last component when it is missing. */
static int make_directory(int root, const char *path, size_t len, size_t parent_len, mode_t mode)
{
    char *prefix cleanup_free = xstrndup(path, len);
    int fd = root_open(root, prefix, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd != -ENOENT)
        return fd;
    char *parent_path cleanup_free = xstrndup(path, parent_len);
    int parent cleanup_close = root_open(root, parent_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return parent;
    const char *name = prefix + parent_len;
    name += strspn(name, "/");
    if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
        return -errno;
    return root_open(root, prefix, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int make_file(int root, const char *path, size_t parent_len)
{
    char *parent_path cleanup_free = xstrndup(path, parent_len);
    int parent cleanup_close = root_open(root, parent_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return parent;
    const char *name = path + parent_len;
    name += strspn(name, "/");
    int made = openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
    if (made < 0 && errno != EEXIST)
        return -errno;
    fd_close(made);
    return root_open(root, path, O_PATH | O_CLOEXEC);
}

int root_make(int root, const char *path, bool file, mode_t mode, struct error *err)
{
    int fd = root_open(root, path, O_PATH | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    size_t done = strspn(path, "/"), parent = done;
    while (fd == -ENOENT && path[done]) {
        size_t end = done + strcspn(path + done, "/"), next = end + strspn(path + end, "/");
        bool last = !path[next];
        int step = last && file ? make_file(root, path, parent) : make_directory(root, path, end, parent, mode);
        if (step < 0)
            return error_errno(err, -step, "make %s in the root filesystem", path);
        if (last)
            return step;
        fd_close(step);
        parent = end;
        done = next;
    }
    return error_errno(err, -fd, "open %s in the root filesystem", path);
}
