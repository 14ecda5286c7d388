/* Copying a tree by descriptors; see copy_tree.h. No link is followed, depth is bounded. */
#include "kernel/mount/copy_tree.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/mount.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { DEPTH_MOST = 200, XATTR_NAMES = 16 * 1024, CHUNK = 1 << 30 };

/* A file of several names that has been copied under one of them. */
struct linked {
    dev_t device;
    ino_t inode;
    char *path; /* below the destination */
};

struct copy {
    int root;    /* the destination */
    char **path; /* names of the directories on the way down */
    struct linked *linked;
    size_t linked_count;
    struct error *err;
};

static int failed(struct copy *copy, int code, const char *act, const char *name)
{
    cleanup_free char *where = strv_join(copy->path, "/");
    return error_errno(copy->err, code, "%s %s%s%s", act, where ? where : "", where ? "/" : "", name);
}

/* An entry of a directory by a path that does not walk anything hostile: the descriptor is the directory. */
static char *by_descriptor(int directory, const char *name) { return str_format("/proc/self/fd/%d/%s", directory, name); }

static bool stays_behind(const char *attribute)
{
    return str_starts(attribute, "trusted.overlay.") || str_starts(attribute, "user.overlay.") ||
           str_equal(attribute, "security.selinux");
}

static int copy_xattr(const char *from, const char *to, const char *attribute)
{
    ssize_t size = lgetxattr(from, attribute, NULL, 0);
    if (size < 0)
        return errno == ENODATA ? 0 : -errno;
    cleanup_free char *value = xmalloc((size_t)size + 1);
    size = lgetxattr(from, attribute, value, (size_t)size);
    if (size < 0 || lsetxattr(to, attribute, value, (size_t)size, 0) < 0)
        return errno == ENOTSUP ? 0 : -errno; /* a volume on a file system without them */
    return 0;
}

static int copy_xattrs(const char *from, const char *to)
{
    cleanup_free char *names = xmalloc(XATTR_NAMES);
    ssize_t len = llistxattr(from, names, XATTR_NAMES);
    if (len < 0)
        return errno == ENOTSUP ? 0 : -errno;
    for (const char *name = names; name < names + len; name += strlen(name) + 1) {
        int rc = stays_behind(name) ? 0 : copy_xattr(from, to, name);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Owner first: a change of owner takes the set-id bits and the capabilities away. Time last. */
static int copy_attributes(struct copy *copy, const char *from, const char *to, const struct stat *st, const char *name)
{
    const struct timespec times[2] = {st->st_atim, st->st_mtim};
    if (lchown(to, st->st_uid, st->st_gid) < 0 &&
        errno != EINVAL) /* EINVAL: nobody in this user namespace; it stays the copier's */
        return failed(copy, errno, "set the owner of", name);
    if (!S_ISLNK(st->st_mode) && chmod(to, st->st_mode & 07777) < 0)
        return failed(copy, errno, "set the mode of", name);
    int rc = copy_xattrs(from, to);
    if (rc < 0)
        return failed(copy, -rc, "set the extended attributes of", name);
    if (utimensat(AT_FDCWD, to, times, AT_SYMLINK_NOFOLLOW) < 0)
        return failed(copy, errno, "set the times of", name);
    return 0;
}

static int copy_bytes(int from, int to, off_t at, off_t end)
{
    while (at < end) {
        off_t in = at, out = at;
        size_t want = end - at > CHUNK ? CHUNK : (size_t)(end - at);
        ssize_t n = copy_file_range(from, &in, to, &out, want, 0);
        if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS)) {
            char piece[32 * 1024];
            n = pread(from, piece, want < sizeof piece ? want : sizeof piece, at);
            if (n > 0)
                n = pwrite(to, piece, (size_t)n, at);
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0; /* it has become shorter */
        at += n;
    }
    return 0;
}

/* Holes stay holes. */
static int copy_data(int from, int to, off_t size)
{
    for (off_t at = 0; at < size;) {
        off_t data = lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            break;
        if (data < 0)
            data = at;
        off_t hole = lseek(from, data, SEEK_HOLE);
        if (hole < 0 || hole > size)
            hole = size;
        int rc = copy_bytes(from, to, data, hole);
        if (rc < 0)
            return rc;
        at = hole;
    }
    return ftruncate(to, size) < 0 ? -errno : 0;
}

static int copy_file(struct copy *copy, int from, int to, const char *name, const struct stat *st)
{
    int in cleanup_close = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (in < 0)
        return failed(copy, errno, "open", name);
    int out cleanup_close = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (out < 0)
        return failed(copy, errno, "make", name);
    int rc = copy_data(in, out, st->st_size);
    return rc < 0 ? failed(copy, -rc, "copy", name) : 0;
}

static int copy_link(int from, int to, const char *name)
{
    char target[PATH_MAX];
    ssize_t len = readlinkat(from, name, target, sizeof target - 1);
    if (len < 0)
        return -errno;
    target[len] = '\0';
    return symlinkat(target, to, name) < 0 ? -errno : 0;
}

/* Copied before under another name: 1 when it is linked now. */
static int link_to_known(struct copy *copy, int to, const char *name, const struct stat *st)
{
    for (size_t i = 0; i < copy->linked_count; i++) {
        const struct linked *known = &copy->linked[i];
        if (known->device != st->st_dev || known->inode != st->st_ino)
            continue;
        int old cleanup_close = root_open(copy->root, known->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        cleanup_free char *handle = str_format("/proc/self/fd/%d", old);
        if (old < 0 || linkat(AT_FDCWD, handle, to, name, AT_SYMLINK_FOLLOW) < 0)
            return failed(copy, old < 0 ? -old : errno, "link", name);
        return 1;
    }
    cleanup_free char *where = strv_join(copy->path, "/");
    copy->linked = xrealloc(copy->linked, (copy->linked_count + 1) * sizeof *copy->linked);
    copy->linked[copy->linked_count++] =
        (struct linked){st->st_dev, st->st_ino, str_format("%s%s%s", where ? where : "", where ? "/" : "", name)};
    return 0;
}

static int copy_directory(struct copy *copy, int from, int to);

static int descend(struct copy *copy, int from, int to, const char *name)
{
    if (strv_len(copy->path) >= DEPTH_MOST)
        return failed(copy, ELOOP, "copy (more than 200 directories deep)", name);
    if (mkdirat(to, name, 0700) < 0)
        return failed(copy, errno, "make directory", name);
    int inner_from cleanup_close = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int inner_to cleanup_close = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner_from < 0 || inner_to < 0)
        return failed(copy, errno, "open directory", name);
    strv_add(&copy->path, name);
    int rc = copy_directory(copy, inner_from, inner_to);
    size_t last = strv_len(copy->path) - 1;
    free(copy->path[last]);
    copy->path[last] = NULL;
    return rc;
}

static int copy_entry(struct copy *copy, int from, int to, const char *name)
{
    struct stat st;
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return failed(copy, errno, "look at", name);
    int rc = 0;
    if (S_ISSOCK(st.st_mode))
        return 0; /* nobody listens on a copy */
    if (!S_ISDIR(st.st_mode) && st.st_nlink > 1) {
        rc = link_to_known(copy, to, name, &st);
        if (rc != 0)
            return rc < 0 ? rc : 0;
    }
    if (S_ISDIR(st.st_mode))
        rc = descend(copy, from, to, name);
    else if (S_ISREG(st.st_mode))
        rc = copy_file(copy, from, to, name, &st);
    else if (S_ISLNK(st.st_mode))
        rc = copy_link(from, to, name);
    else
        rc = mknodat(to, name, st.st_mode & S_IFMT, st.st_rdev) < 0 ? -errno : 0;
    if (rc < 0)
        return copy->err->code ? rc : failed(copy, -rc, "make", name);
    cleanup_free char *old = by_descriptor(from, name), *new = by_descriptor(to, name);
    return copy_attributes(copy, old, new, &st, name);
}

static int copy_directory(struct copy *copy, int from, int to)
{
    int listing = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_dir DIR *dir = listing < 0 ? NULL : fdopendir(listing);
    if (!dir)
        return failed(copy, errno, "list", ".");
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry)
            return errno ? failed(copy, errno, "list", ".") : 0;
        if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, ".."))
            continue;
        int rc = copy_entry(copy, from, to, entry->d_name);
        if (rc < 0)
            return rc;
    }
}

int copy_tree_top(int from, int to, struct error *err)
{
    struct error own = ERROR_INIT;
    struct copy copy = {.root = to, .err = err ? err : &own};
    struct stat st;
    cleanup_free char *old = by_descriptor(from, "."), *new = by_descriptor(to, ".");
    return fstat(from, &st) < 0 ? failed(&copy, errno, "look at", ".") : copy_attributes(&copy, old, new, &st, ".");
}

int copy_tree(int from, int to, struct error *err)
{
    struct error own = ERROR_INIT;
    struct copy copy = {.root = to, .err = err ? err : &own};
    int rc = copy_directory(&copy, from, to);
    if (rc == 0)
        rc = copy_tree_top(from, to, copy.err);
    for (size_t i = 0; i < copy.linked_count; i++)
        free(copy.linked[i].path);
    free(copy.linked);
    strv_free(copy.path);
    return rc;
}
