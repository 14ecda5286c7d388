/* Files put in their place, as Docker's builder puts them: what exists is replaced, directories are merged into, owners are set
 * last (which takes setuid away, as it does there), hard links within one directory stay. */
#include "build/files.h"

#include "base/memory.h"
#include "image/archive_job.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { DEEPEST = 1000, BLOCK = 256 * 1024 };

/* Directories are gone through by recursion, so what needs room on the stack stays out of it. */
#define apart __attribute__((noinline))

bool attribute_is_copied(const char *name);

/* A file with several names that is in place already. */
struct linked {
    dev_t device;
    ino_t inode;
    char *path; /* below placing->root; NULL: an empty place of the table */
};

struct work {
    const struct placing *placing;
    struct linked *linked; /* a hash table with open addressing */
    size_t count, room;    /* room: a power of two, or 0 */
    struct error *err;
};

static int fail(struct work *work, int code, const char *what, const char *path)
{
    char why[128];
    snprintf(why, sizeof why, "%s", strerror(code));
    *why = (char)tolower((unsigned char)*why); /* as Go writes it */
    return error_set(work->err, code, "%s %s/%s: %s", what, work->placing->shown, path, why);
}

/* Where it is, or where it belongs. */
static struct linked *place_of(struct linked *table, size_t room, dev_t device, ino_t inode)
{
    size_t at = (size_t)((inode * 0x9e3779b97f4a7c15u ^ device) & (room - 1));
    while (table[at].path && (table[at].inode != inode || table[at].device != device))
        at = (at + 1) & (room - 1);
    return &table[at];
}

static const struct linked *find_linked(const struct work *work, const struct stat *st)
{
    struct linked *found = work->room ? place_of(work->linked, work->room, st->st_dev, st->st_ino) : NULL;
    return found && found->path ? found : NULL;
}

static void grow(struct work *work)
{
    size_t room = work->room ? work->room * 2 : 64;
    struct linked *table = xcalloc(room, sizeof *table);
    for (size_t i = 0; i < work->room; i++)
        if (work->linked[i].path)
            *place_of(table, room, work->linked[i].device, work->linked[i].inode) = work->linked[i];
    free(work->linked);
    work->linked = table;
    work->room = room;
}

static void remember(struct work *work, const struct stat *st, const char *path)
{
    if (work->count * 2 >= work->room)
        grow(work);
    *place_of(work->linked, work->room, st->st_dev, st->st_ino) = (struct linked){st->st_dev, st->st_ino, xstrdup(path)};
    work->count++;
}

/* Both from where they stand, at most `most`. */
static int copy_run(int from, int to, off_t most)
{
    ssize_t got = 0;
    while (most > 0 && (got = copy_file_range(from, NULL, to, NULL, most < 1 << 30 ? (size_t)most : 1 << 30, 0)) > 0)
        most -= got;
    if (most == 0 || got == 0 || (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP))
        return most == 0 || got == 0 ? 0 : -errno;
    cleanup_free char *block = xmalloc(BLOCK);
    for (; most > 0 && (got = read(from, block, most < BLOCK ? (size_t)most : BLOCK)) > 0; most -= got)
        for (ssize_t done = 0, put; done < got; done += put)
            if ((put = write(to, block + done, (size_t)(got - done))) < 0)
                return -errno;
    return most > 0 && got < 0 ? -errno : 0;
}

/* Holes stay holes. */
static int copy_bytes(int from, int to, const struct stat *st)
{
    int r = 0;
    if (st->st_blocks >= st->st_size / 512)
        return copy_run(from, to, st->st_size);
    for (off_t at = 0, hole; r == 0 && at < st->st_size; at = hole) {
        off_t data = lseek(from, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) /* nothing but a hole until the end */
            break;
        data = data < 0 ? at : data;
        hole = lseek(from, data, SEEK_HOLE);
        hole = hole < 0 ? st->st_size : hole;
        r = lseek(from, data, SEEK_SET) < 0 || lseek(to, data, SEEK_SET) < 0 ? -errno : copy_run(from, to, hole - data);
    }
    return r == 0 && ftruncate(to, st->st_size) < 0 ? -errno : r;
}

apart static void copy_attributes(int from, int to)
{
    char list[4096], value[4096];
    ssize_t len = flistxattr(from, list, sizeof list);
    for (char *name = list; len > 0 && name < list + len; name += strlen(name) + 1) {
        ssize_t got = attribute_is_copied(name) ? fgetxattr(from, name, value, sizeof value) : -1;
        if (got >= 0)
            (void)fsetxattr(to, name, value, (size_t)got, 0); /* not every file system keeps them */
    }
}

/* Docker unpacks with the source's owner, attributes and mode first and gives the file to its new owner then, which takes
 * capabilities and setuid away. */
static int set_metadata(struct work *work, int from, int fd, const struct stat *st, const char *path)
{
    const struct placing *placing = work->placing;
    if (placing->keep_owner && fchown(fd, st->st_uid, st->st_gid) < 0)
        return fail(work, errno, "set owner of", path);
    copy_attributes(from, fd);
    if (fchmod(fd, st->st_mode & 07777) < 0)
        return fail(work, errno, "set mode of", path);
    if (!placing->keep_owner && fchown(fd, placing->uid, placing->gid) < 0)
        return fail(work, errno, "set owner of", path);
    if (placing->set_mode && fchmod(fd, placing->mode) < 0)
        return fail(work, errno, "set mode of", path);
    return 0;
}

apart static int place_regular(struct work *work, int from_at, const char *from, int at, const char *name, const char *path,
                               const struct stat *st)
{
    const struct timespec times[2] = {st->st_atim, st->st_mtim};
    const struct linked *known = st->st_nlink > 1 ? find_linked(work, st) : NULL;
    if (known)
        return linkat(work->placing->root, known->path, at, name, 0) < 0 ? fail(work, errno, "link", path) : 0;
    cleanup_close int in = openat(from_at, from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    cleanup_close int out = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (in < 0 || out < 0)
        return fail(work, errno, in < 0 ? "read the source of" : "create", path);
    int r = copy_bytes(in, out, st);
    if (r < 0)
        return fail(work, -r, "write", path);
    r = set_metadata(work, in, out, st, path);
    if (r == 0 && futimens(out, times) < 0)
        r = fail(work, errno, "set times of", path);
    if (r == 0 && st->st_nlink > 1)
        remember(work, st, path);
    return r;
}

apart static int place_other(struct work *work, int from_at, const char *from, int at, const char *name, const char *path,
                             const struct stat *st)
{
    const struct placing *placing = work->placing;
    const struct timespec times[2] = {st->st_atim, st->st_mtim};
    char target[4096];
    int r;
    if (S_ISLNK(st->st_mode)) {
        ssize_t len = readlinkat(from_at, from, target, sizeof target - 1);
        target[len > 0 ? len : 0] = 0;
        r = symlinkat(target, at, name);
    } else if (S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0)) {
        return error_set(work->err, EINVAL, "%s: a device 0:0 is how a layer marks a deleted file; it cannot be copied", path);
    } else {
        r = mknodat(at, name, st->st_mode, st->st_rdev);
    }
    uid_t uid = placing->keep_owner ? st->st_uid : placing->uid;
    gid_t gid = placing->keep_owner ? st->st_gid : placing->gid;
    if (r < 0 || fchownat(at, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(work, errno, "create", path);
    if (!S_ISLNK(st->st_mode) && fchmodat(at, name, placing->set_mode ? placing->mode : st->st_mode & 07777, 0) < 0)
        return fail(work, errno, "set mode of", path);
    return utimensat(at, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? fail(work, errno, "set times of", path) : 0;
}

static int place_entry(struct work *work, int from_at, const char *from, int at, const char *name, const char *path, int depth);

static int place_contents(struct work *work, int from, int to, const char *path, int depth)
{
    int r = 0;
    if (depth == DEEPEST)
        return error_set(work->err, ENAMETOOLONG, "%.200s...: directories are nested deeper than %d", path, DEEPEST);
    cleanup_strv char **names = names_in(from);
    for (char **name = names; name && *name && r == 0; name++) {
        cleanup_free char *below = *path ? str_format("%s/%s", path, *name) : xstrdup(*name);
        r = place_entry(work, from, *name, to, *name, below, depth + 1);
    }
    return r;
}

static int place_below(struct work *work, int from_at, const char *from, int at, const char *name, const char *path,
                       const struct stat *st, int depth)
{
    const struct timespec times[2] = {st->st_atim, st->st_mtim};
    if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
        return fail(work, errno, "mkdir", path);
    cleanup_close int in = openat(from_at, from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    cleanup_close int out = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (in < 0 || out < 0)
        return fail(work, errno, "open", path);
    int r = set_metadata(work, in, out, st, path);
    if (r == 0)
        r = place_contents(work, in, out, path, depth);
    return r == 0 && futimens(out, times) < 0 ? fail(work, errno, "set times of", path) : r;
}

static bool says_y(int fd, const char *attribute)
{
    char value;
    return fgetxattr(fd, attribute, &value, 1) == 1 && value == 'y';
}

/* A directory of a layer that hides what is below it (overlayfs.rst, "whiteouts and opaque directories"). */
static bool is_opaque(int at, const char *name)
{
    cleanup_close int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && (says_y(fd, "trusted.overlay.opaque") || says_y(fd, "user.overlay.opaque"));
}

static int place_entry(struct work *work, int from_at, const char *from, int at, const char *name, const char *path, int depth)
{
    struct stat st, old;
    if (work->placing->stop && work->placing->stop(work->placing->data))
        return error_set(work->err, ECANCELED, "Build cancelled");
    if (fstatat(from_at, from, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(work, errno, "read the source of", path);
    if (S_ISSOCK(st.st_mode))
        return 0;
    bool there = fstatat(at, name, &old, AT_SYMLINK_NOFOLLOW) == 0, layer = work->placing->layer;
    bool merged = there && S_ISDIR(old.st_mode) && S_ISDIR(st.st_mode) && !(layer && is_opaque(from_at, from));
    if (there && !merged) {
        int r = remove_below(at, name);
        if (r < 0)
            return fail(work, -r, "replace", path);
    }
    if (layer && S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0))
        return 0;
    if (S_ISDIR(st.st_mode))
        return place_below(work, from_at, from, at, name, path, &st, depth);
    return S_ISREG(st.st_mode) ? place_regular(work, from_at, from, at, name, path, &st)
                               : place_other(work, from_at, from, at, name, path, &st);
}

static void work_clear(struct work *work)
{
    for (size_t i = 0; i < work->room; i++)
        free(work->linked[i].path);
    free(work->linked);
}

int place_directories(const struct placing *placing, const char *to, uid_t uid, gid_t gid, bool *made, struct error *err)
{
    struct work work = {.placing = placing, .err = err};
    cleanup_strv char **names = str_split(to, '/');
    cleanup_close int at = files_open(placing->root, "", O_RDONLY | O_DIRECTORY);
    bool last = false;
    if (at < 0)
        return fail(&work, -at, "open", "");
    for (char **name = names; *name && **name; name++) {
        last = mkdirat(at, *name, 0755) == 0;
        if (!last && errno != EEXIST)
            return fail(&work, errno, "mkdir", to);
        int next = openat(at, *name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0)
            return fail(&work, errno == ELOOP ? ENOTDIR : errno, "mkdir", to);
        close(at);
        at = next;
        if (last && (fchmod(at, 0755) < 0 || fchown(at, uid, gid) < 0))
            return fail(&work, errno, "set owner of", to);
    }
    if (made)
        *made = last;
    return 0;
}

int place_directory(const struct placing *placing, int from_root, const char *from, const char *to, struct error *err)
{
    struct work work = {.placing = placing, .err = err};
    bool made;
    int r = place_directories(placing, to, 0, 0, &made, err);
    if (r < 0)
        return r;
    cleanup_close int in = files_open(from_root, from, O_RDONLY | O_DIRECTORY);
    cleanup_close int out = files_open(placing->root, to, O_RDONLY | O_DIRECTORY);
    if (in < 0 || out < 0)
        return fail(&work, in < 0 ? -in : -out, "open", to);
    if (made && !placing->keep_owner && fchown(out, placing->uid, placing->gid) < 0)
        return fail(&work, errno, "set owner of", to);
    r = place_contents(&work, in, out, to, 0);
    work_clear(&work);
    return r;
}

int place_file(const struct placing *placing, int from_root, const char *from, const char *to, struct error *err)
{
    struct work work = {.placing = placing, .err = err};
    const char *name, *last;
    const char *slash = strrchr(to, '/');
    cleanup_free char *parent = slash ? xstrndup(to, (size_t)(slash - to)) : xstrdup("");
    int r = place_directories(placing, parent, placing->keep_owner ? 0 : placing->uid, placing->keep_owner ? 0 : placing->gid, NULL,
                              err);
    if (r < 0)
        return r;
    cleanup_close int in = files_parent(from_root, from, &last), out = files_parent(placing->root, to, &name);
    if (in < 0 || out < 0)
        return fail(&work, in < 0 ? -in : -out, "open", to);
    r = place_entry(&work, in, last, out, name, to, 0);
    work_clear(&work);
    return r;
}
