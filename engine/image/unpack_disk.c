/* Files from the entries of a tar; see unpack_disk.h. The directory used last stays open: a tar has the files of one together. */
#include "image/unpack_disk.h"

#include "base/files.h"
#include "base/memory.h"
#include "kernel/namespaces.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { HOLE = 32 * 1024, ATTRIBUTES_MOST = 64 };

struct times {
    char *path;
    struct timespec of[2];
};

struct disk {
    int root;
    struct buf *opaque;
    char *parent_path; /* of the directory that `parent` is; NULL: none is open */
    int parent;
    bool set_group; /* what is made in it gets its group (inode(7), S_ISGID) */
    struct times *times;
    size_t times_count, times_room;
};

struct disk *disk_new(int root, struct buf *opaque)
{
    struct disk *disk = xcalloc(1, sizeof *disk);
    *disk = (struct disk){.root = root, .opaque = opaque, .parent = -EBADF};
    return disk;
}

static void forget_parent(struct disk *disk)
{
    disk->parent = fd_close(disk->parent);
    free(move_ptr(disk->parent_path));
}

static int open_below(const struct disk *disk, const char *path, int flags)
{
    const struct open_how how = {.flags = (unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    int fd = (int)syscall(SYS_openat2, disk->root, *path ? path : ".", &how, sizeof how);
    return fd < 0 ? -errno : fd;
}

/* "a/b" of "a/b/c", "" of "c"; allocated. */
static char *directory_of(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    return slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup("");
}

/* A directory that is named in no entry of its own, or in a later one. */
static int make_directories(const struct disk *disk, char *path)
{
    for (char *slash = path;; slash++) {
        slash = strchrnul(slash, '/');
        char end = *slash;
        *slash = 0;
        const char *name;
        cleanup_free char *above = directory_of(path, &name);
        cleanup_close int at = open_below(disk, above, O_PATH | O_DIRECTORY);
        int r = at < 0 ? at : mkdirat(at, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
        *slash = end;
        if (r < 0 || !end)
            return r;
    }
}

static int refuse_parent(const char *path, int code, struct error *err)
{
    if (code == -ELOOP || code == -EXDEV)
        return error_set(err, EINVAL, "it would be put through symlink %.100s", path);
    if (code == -ENOTDIR)
        return error_set(err, EINVAL, "%.100s is no directory", path);
    return error_set(err, -code, "its directory %.100s: %s", path, strerror(-code));
}

/* The directory that `path` stands in is open as disk->parent; *name points into `path`. */
static int go_to_parent(struct disk *disk, const char *path, const char **name, struct error *err)
{
    struct stat st;
    cleanup_free char *above = directory_of(path, name);
    if (disk->parent_path && str_equal(disk->parent_path, above))
        return 0;
    forget_parent(disk);
    int fd = open_below(disk, above, O_PATH | O_DIRECTORY);
    if (fd == -ENOENT) {
        int r = make_directories(disk, above);
        fd = r < 0 ? r : open_below(disk, above, O_PATH | O_DIRECTORY);
    }
    if (fd < 0)
        return refuse_parent(above, fd, err);
    disk->parent = fd;
    disk->set_group = fstat(fd, &st) == 0 && (st.st_mode & S_ISGID);
    disk->parent_path = move_ptr(above);
    return 0;
}

/* --- metadata */

/* Attributes of the overlay file system steer how layers are put together; an image may not bring its own. */
static bool is_wanted(const char *name)
{
    return str_equal(name, "security.capability") || (str_starts(name, "user.") && !str_starts(name, "user.overlay."));
}

/* A file system that cannot keep one is no reason to refuse the layer. */
static int set_attributes(int fd, struct archive_entry *entry, struct error *err)
{
    const char *name;
    const void *value;
    size_t size, count = 0;
    if (archive_entry_xattr_count(entry) == 0)
        return 0;
    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
        if (!is_wanted(name))
            continue;
        if (++count > ATTRIBUTES_MOST)
            return error_set(err, E2BIG, "it has more than %d extended attributes", ATTRIBUTES_MOST);
        if (fsetxattr(fd, name, value, size, 0) < 0 && errno != ENOTSUP && errno != EPERM)
            return error_set(err, errno, "extended attribute %s: %s", name, strerror(errno));
    }
    return 0;
}

/* As Docker does, the time of access is that of the change when the tar has none, and never before it. */
static void times_of(struct archive_entry *entry, struct timespec times[2])
{
    times[1] = (struct timespec){archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
    times[0] = times[1];
    if (archive_entry_atime_is_set(entry) && archive_entry_atime(entry) > archive_entry_mtime(entry))
        times[0] = (struct timespec){archive_entry_atime(entry), archive_entry_atime_nsec(entry)};
}

static bool other_owner(const struct disk *disk, struct archive_entry *entry)
{
    return archive_entry_uid(entry) != geteuid() || archive_entry_gid(entry) != getegid() || disk->set_group;
}

static void keep_times(struct disk *disk, const char *path, struct archive_entry *entry)
{
    if (disk->times_count == disk->times_room) {
        disk->times_room = disk->times_room ? disk->times_room * 2 : 64;
        disk->times = xrealloc(disk->times, disk->times_room * sizeof *disk->times);
    }
    struct times *times = &disk->times[disk->times_count++];
    times->path = xstrdup(path);
    times_of(entry, times->of);
}

int disk_end(struct disk *disk, struct error *err)
{
    int r = 0;
    for (size_t i = 0; i < disk->times_count; i++) {
        cleanup_close int fd = r < 0 ? -EBADF : open_below(disk, disk->times[i].path, O_RDONLY | O_DIRECTORY);
        if (fd >= 0 && futimens(fd, disk->times[i].of) < 0)
            r = error_set(err, errno, "set the times of directory %s: %s", disk->times[i].path, strerror(errno));
        free(disk->times[i].path);
    }
    free(disk->times);
    forget_parent(disk);
    free(disk);
    return r;
}

/* --- entries */

static bool is_whiteout(const struct stat *st) { return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0); }

static void mark_opaque(struct disk *disk, const char *path) { buf_add(disk->opaque, path, strlen(path) + 1); }

/* Something has this name already. What is no directory gives way, and a directory that nothing was put into. */
static int clear_name(struct disk *disk, const char *path, const char *name, struct error *err)
{
    struct stat st;
    if (fstatat(disk->parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set(err, errno, "%s", strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return unlinkat(disk->parent, name, 0) < 0 ? error_set(err, errno, "replace it: %s", strerror(errno)) : 0;
    forget_parent(disk);
    const char *again;
    int r = go_to_parent(disk, path, &again, err);
    if (r < 0)
        return r;
    return unlinkat(disk->parent, name, AT_REMOVEDIR) < 0
               ? error_set(err, errno, "it would replace the directory %s: %s", path, strerror(errno))
               : 0;
}

static int make_directory(struct disk *disk, const char *path, const char *name, struct archive_entry *entry, struct error *err)
{
    struct stat st = {0};
    mode_t mode = archive_entry_perm(entry);
    bool here = mkdirat(disk->parent, name, 0755) < 0;
    if (here && errno != EEXIST)
        return error_set(err, errno, "%s", strerror(errno));
    if (here && (fstatat(disk->parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))) {
        int r = clear_name(disk, path, name, err);
        if (r < 0)
            return r;
        if (mkdirat(disk->parent, name, 0755) < 0)
            return error_set(err, errno, "%s", strerror(errno));
        if (is_whiteout(&st)) /* deleted below and made anew here */
            mark_opaque(disk, path);
    }
    cleanup_close int fd = openat(disk->parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || namespace_chown(fd, "", (uid_t)archive_entry_uid(entry), (gid_t)archive_entry_gid(entry)) < 0 ||
        fchmod(fd, mode) < 0)
        return error_set(err, errno, "%s", strerror(errno));
    keep_times(disk, path, entry);
    return set_attributes(fd, entry, err);
}

/* The layer's own directory, which is there already. */
static int make_root(struct disk *disk, struct archive_entry *entry, struct error *err)
{
    if (archive_entry_filetype(entry) != AE_IFDIR)
        return error_set(err, EINVAL, "it has the name of the root directory and is none");
    cleanup_close int fd = open_below(disk, "", O_RDONLY | O_DIRECTORY);
    if (fd < 0 || namespace_chown(fd, "", (uid_t)archive_entry_uid(entry), (gid_t)archive_entry_gid(entry)) < 0 ||
        fchmod(fd, archive_entry_perm(entry)) < 0)
        return error_set(err, fd < 0 ? -fd : errno, "%s", strerror(fd < 0 ? -fd : errno));
    forget_parent(disk); /* it may have another group bit now */
    keep_times(disk, "", entry);
    return set_attributes(fd, entry, err);
}

static int make_hard_link(struct disk *disk, const char *name, const char *target, struct error *err)
{
    const char *last;
    cleanup_free char *clean = target ? disk_path(target) : NULL;
    if (!clean || !*clean)
        return error_set(err, EINVAL, "its hard link target leads out of the layer");
    cleanup_free char *above = directory_of(clean, &last);
    cleanup_close int at = open_below(disk, above, O_PATH | O_DIRECTORY);
    if (at < 0)
        return at == -ELOOP ? error_set(err, EINVAL, "its hard link target %s lies behind a symlink", clean)
                            : error_set(err, -at, "hard link to %s: %s", clean, strerror(-at));
    return linkat(at, last, disk->parent, name, 0) < 0 ? -errno : 0;
}

/* As mknod(2) and its like: -errno alone, so that EEXIST can be told. */
static int make_once(struct disk *disk, const char *name, struct archive_entry *entry, int *fd, struct error *err)
{
    mode_t mode = archive_entry_mode(entry);
    int r;
    if (archive_entry_hardlink(entry))
        return make_hard_link(disk, name, archive_entry_hardlink(entry), err);
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        *fd = openat(disk->parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777);
        return *fd < 0 ? -errno : 0;
    case AE_IFLNK:
        r = symlinkat(str_or(archive_entry_symlink(entry), ""), disk->parent, name);
        break;
    case AE_IFIFO:
        r = mknodat(disk->parent, name, S_IFIFO | (mode & 0777), 0);
        break;
    case AE_IFCHR:
    case AE_IFBLK:
        r = mknodat(disk->parent, name, (mode & S_IFMT) | (mode & 0777), archive_entry_rdev(entry));
        break;
    default:
        return error_set(err, EINVAL, "a layer has no files of this kind");
    }
    return r < 0 ? -errno : 0;
}

/* What is no directory and has no descriptor of its own: link, fifo, device. */
static int finish_by_name(struct disk *disk, const char *name, struct archive_entry *entry, struct error *err)
{
    struct timespec times[2];
    mode_t mode = archive_entry_perm(entry);
    times_of(entry, times);
    if (other_owner(disk, entry) &&
        namespace_chown(disk->parent, name, (uid_t)archive_entry_uid(entry), (gid_t)archive_entry_gid(entry)) < 0)
        return error_set(err, errno, "give it its owner: %s", strerror(errno));
    if (archive_entry_filetype(entry) != AE_IFLNK && (mode & 07000) && fchmodat(disk->parent, name, mode, 0) < 0)
        return error_set(err, errno, "give it its mode: %s", strerror(errno));
    if (utimensat(disk->parent, name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return error_set(err, errno, "give it its times: %s", strerror(errno));
    return 0;
}

int disk_make(struct disk *disk, const char *path, struct archive_entry *entry, int *fd, struct error *err)
{
    const char *name;
    struct error own = ERROR_INIT;
    *fd = -EBADF;
    err = err ? err : &own;
    if (!*path)
        return make_root(disk, entry, err);
    int r = go_to_parent(disk, path, &name, err);
    if (r < 0)
        return r;
    if (archive_entry_filetype(entry) == AE_IFDIR && !archive_entry_hardlink(entry))
        return make_directory(disk, path, name, entry, err);
    r = make_once(disk, name, entry, fd, err);
    if (r == -EEXIST && !err->code) {
        r = clear_name(disk, path, name, err);
        r = r < 0 ? r : make_once(disk, name, entry, fd, err);
    }
    if (r < 0)
        return err->code ? -err->code : error_set(err, -r, "%s", strerror(-r));
    if (*fd >= 0) {
        if (other_owner(disk, entry) &&
            namespace_chown(*fd, "", (uid_t)archive_entry_uid(entry), (gid_t)archive_entry_gid(entry)) < 0)
            return error_set(err, errno, "give it its owner: %s", strerror(errno));
        return 0;
    }
    return archive_entry_hardlink(entry) ? 0 : finish_by_name(disk, name, entry, err);
}

static bool is_zero(const char *bytes, size_t len) { return bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0; }

static int write_at(int fd, const char *bytes, size_t len, off_t offset, struct error *err)
{
    while (len > 0) {
        ssize_t put = pwrite(fd, bytes, len, offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_set(err, errno, "%s", strerror(errno));
        bytes += put;
        offset += put;
        len -= (size_t)put;
    }
    return 0;
}

/* A gigabyte of zeros takes no room. Pieces end where those of the file do, whatever the blocks are; a file that ends with a hole
 * is given its size. */
int disk_write(int fd, const void *block, size_t len, off_t offset, int64_t size, struct error *err)
{
    const char *bytes = block;
    size_t from = 0;
    for (size_t at = 0, piece; at < len; at += piece) {
        piece = HOLE - (size_t)((offset + (off_t)at) & (HOLE - 1));
        piece = piece < len - at ? piece : len - at;
        if (!is_zero(bytes + at, piece))
            continue;
        int r = at > from ? write_at(fd, bytes + from, at - from, offset + (off_t)from, err) : 0;
        if (r == 0 && offset + (off_t)(at + piece) >= size && ftruncate(fd, size) < 0)
            r = error_errno(err, errno, "write");
        if (r < 0)
            return r;
        from = at + piece;
    }
    return len > from ? write_at(fd, bytes + from, len - from, offset + (off_t)from, err) : 0;
}

/* Owner before mode and attributes: to change it drops set-user-ID bits and capabilities (chown(2)). */
int disk_finish(struct archive_entry *entry, int fd, struct error *err)
{
    struct timespec times[2];
    cleanup_close int file = fd;
    mode_t mode = archive_entry_perm(entry);
    times_of(entry, times);
    if (archive_entry_sparse_count(entry) > 0 && ftruncate(file, archive_entry_size(entry)) < 0)
        return error_set(err, errno, "%s", strerror(errno));
    if ((mode & 07000) && fchmod(file, mode) < 0)
        return error_set(err, errno, "give it its mode: %s", strerror(errno));
    int r = set_attributes(file, entry, err);
    if (r == 0 && futimens(file, times) < 0)
        r = error_set(err, errno, "give it its times: %s", strerror(errno));
    return r;
}

/* --- what is deleted */

int disk_whiteout(struct disk *disk, const char *path, struct error *err)
{
    struct stat st;
    const char *name;
    int r = go_to_parent(disk, path, &name, err);
    if (r < 0 || mknodat(disk->parent, name, S_IFCHR, makedev(0, 0)) == 0)
        return r;
    if (errno != EEXIST)
        return error_set(err, errno, "%s", strerror(errno));
    /* This layer has something of that name itself, which stays: the sign is about the layers below. */
    if (fstatat(disk->parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
        mark_opaque(disk, path);
    return 0;
}

int disk_opaque(struct disk *disk, const char *directory, struct error *err)
{
    const char *name;
    cleanup_free char *inside = str_format("%s%s.", directory, *directory ? "/" : "");
    int r = go_to_parent(disk, inside, &name, err);
    if (r == 0)
        mark_opaque(disk, directory);
    return r;
}

char *disk_path(const char *path)
{
    char *out = xmalloc(strlen(path) + 1), *end = out;
    for (const char *p = path; *p;) {
        size_t len = strcspn(p, "/");
        if (len == 2 && p[0] == '.' && p[1] == '.') {
            free(out);
            return NULL;
        }
        if (len && !(len == 1 && *p == '.')) {
            if (end > out)
                *end++ = '/';
            memcpy(end, p, len);
            end += len;
        }
        p += len + (p[len] == '/');
    }
    *end = 0;
    return out;
}
