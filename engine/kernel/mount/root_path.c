/* Paths below a root descriptor: opened and made without ever leaving the root, whatever links it holds (openat2(2)). */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
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
int root_open_plain(int root, const char *path, int flags)
{
    return open_resolved(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}
int beneath_open(int root, const char *path, int flags) { return open_resolved(root, path, flags, RESOLVE_BENEATH); }

/* The way to a target that is missing in part: what has been gone along so far holds no link, what is left may. */
struct way {
    int root;
    char *done; /* "" is the root */
    char *left;
    int links; /* followed so far */
};

enum { LINKS_MOST = 40 }; /* as the kernel's own walk */

/* The first component of what is left, which is then shorter; NULL at the end. The caller owns it. */
static char *next_component(struct way *way)
{
    char *from = way->left + strspn(way->left, "/");
    size_t len = strcspn(from, "/");
    char *component = len ? xstrndup(from, len) : NULL;
    memmove(way->left, from + len, strlen(from + len) + 1);
    return component;
}

static bool nothing_left(const struct way *way) { return !way->left[strspn(way->left, "/")]; }

static void step_up(struct way *way)
{
    char *slash = strrchr(way->done, '/');
    if (slash)
        *slash = 0;
}

/* What is left goes on from where the link leads. */
static int step_link(struct way *way, int link)
{
    char target[PATH_MAX];
    ssize_t len = readlinkat(link, "", target, sizeof target - 1);
    if (len <= 0)
        return len ? -errno : -ENOENT;
    if (++way->links > LINKS_MOST)
        return -ELOOP;
    target[len] = 0;
    if (*target == '/')
        *way->done = 0;
    char *left = str_format("%s/%s", target, way->left);
    free(way->left);
    way->left = left;
    return 0;
}

/* A missing name; somebody else may make it at the same moment. */
static int make_name(const struct way *way, const char *name, bool file, mode_t mode)
{
    int parent cleanup_close = root_open(way->root, way->done, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return parent;
    if (!file)
        return mkdirat(parent, name, mode) < 0 && errno != EEXIST ? -errno : 0;
    int made cleanup_close = openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644);
    return made < 0 && errno != EEXIST ? -errno : 0;
}

static int step_on(struct way *way, const char *name, bool file, mode_t mode)
{
    struct stat status;
    char *here cleanup_free = str_format("%s/%s", way->done, name);
    int found cleanup_close = root_open(way->root, here, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (found == -ENOENT) {
        int rc = make_name(way, name, file && nothing_left(way), mode);
        if (rc < 0)
            return rc;
    } else if (found < 0 || fstat(found, &status) < 0) {
        return found < 0 ? found : -errno;
    } else if (S_ISLNK(status.st_mode)) {
        return step_link(way, found);
    }
    free(way->done);
    way->done = move_ptr(here);
    return 0;
}

int root_make(int root, const char *path, bool file, mode_t mode, struct error *err)
{
    int fd = root_open(root, path, O_PATH | O_CLOEXEC), rc = 0;
    if (fd >= 0)
        return fd;
    struct way way = {root, xstrdup(""), xstrdup(path), 0};
    for (char *name; fd == -ENOENT && !rc && (name = next_component(&way)); free(name))
        if (!strcmp(name, ".."))
            step_up(&way);
        else if (strcmp(name, "."))
            rc = step_on(&way, name, file, mode);
    if (fd == -ENOENT)
        fd = rc < 0 ? rc : root_open(root, way.done, O_PATH | O_CLOEXEC);
    free(way.done);
    free(way.left);
    return fd < 0 ? error_errno(err, -fd, "make %s in the root filesystem", path) : fd;
}
