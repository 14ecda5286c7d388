/* A writable layer against the layers below it. Both are walked side by side by descriptors: for each directory we know which
 * directories of the lower layers it is merged with, top first, so that no path is ever looked up as a whole. */
#include "image/archive_job.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { DEEPEST = 2048 };

struct below { /* directories of lower layers, top first */
    int *fds;
    size_t count;
};

struct walk {
    const struct upper_visitor *visitor;
    struct error *err;
};

static void below_close(struct below *below)
{
    while (below->count)
        fd_close(below->fds[--below->count]);
    free(below->fds);
}

static bool is_whiteout(const struct stat *st) { return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0); }

static bool marked(int fd, const char *attribute)
{
    char value;
    return fgetxattr(fd, attribute, &value, 1) == 1 && value == 'y';
}

static bool is_opaque(int directory)
{
    return marked(directory, "trusted.overlay.opaque") || marked(directory, "user.overlay.opaque");
}

static bool find(const struct below *below, const char *name, struct stat *st)
{
    for (size_t i = 0; i < below->count; i++)
        if (fstatat(below->fds[i], name, st, AT_SYMLINK_NOFOLLOW) == 0)
            return !is_whiteout(st);
    return false;
}

/* What directory `name` is merged with one level down. */
static struct below descend(const struct below *below, const char *name)
{
    struct below out = {.fds = xcalloc(below->count + 1, sizeof(int))};
    struct stat st;
    for (size_t i = 0; i < below->count; i++) {
        if (fstatat(below->fds[i], name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        int fd = S_ISDIR(st.st_mode) ? openat(below->fds[i], name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -EBADF;
        if (fd < 0)
            break;
        out.fds[out.count++] = fd;
        if (is_opaque(fd))
            break;
    }
    return out;
}

static bool same_attributes(const struct stat *a, const struct stat *b)
{
    return a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid;
}

static char *join(const char *path, const char *name) { return *path ? str_format("%s/%s", path, name) : xstrdup(name); }

static int report(struct walk *walk, char kind, int at, const char *name, const char *path, const struct stat *st, bool same)
{
    return walk->visitor->visit(walk->visitor->data, kind, at, name, path, st, same, walk->err);
}

/* Names that an opaque directory hides and does not have itself: deleted. */
static int report_hidden(struct walk *walk, int here, const struct below *below, const char *path)
{
    int r = 0;
    cleanup_strv char **told = NULL;
    for (size_t i = 0; i < below->count && r == 0; i++) {
        cleanup_strv char **names = names_in(below->fds[i]);
        for (char **name = names; name && *name && r == 0; name++) {
            struct stat st;
            if (fstatat(here, *name, &st, AT_SYMLINK_NOFOLLOW) == 0 || !find(below, *name, &st) || strv_has(told, *name))
                continue;
            cleanup_free char *gone = join(path, *name);
            strv_add(&told, *name);
            r = report(walk, 'D', -EBADF, *name, gone, NULL, false);
        }
    }
    return r;
}

static int level(struct walk *walk, int here, const struct below *below, const char *path, int depth);

/* Layers that refer to each other by attributes cannot be taken apart by looking at one of them. */
static int check_plain(struct walk *walk, int fd, const char *attribute, const char *path)
{
    char value[1];
    ssize_t got = fgetxattr(fd, attribute, value, sizeof value);
    if (got >= 0 || errno == ERANGE)
        return error_set(walk->err, EOPNOTSUPP,
                         "%s: the overlay file system was told to use %s, so this layer does not stand alone", path, attribute);
    return 0;
}

static int directory(struct walk *walk, int here, const struct below *below, const char *name, const char *path,
                     const struct stat *st, int depth)
{
    struct stat old;
    bool was = find(below, name, &old), merged = was && S_ISDIR(old.st_mode);
    cleanup_close int fd = openat(here, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : error_errno(walk->err, errno, "open /%s", path);
    int r = check_plain(walk, fd, "trusted.overlay.redirect", path);
    if (r == 0)
        r = report(walk, was ? 'C' : 'A', here, name, path, st, merged && same_attributes(st, &old));
    if (r < 0)
        return r;
    if (depth == DEEPEST)
        return error_set(walk->err, ENAMETOOLONG, "/%.200s...: directories are nested deeper than %d", path, DEEPEST);
    struct below next = merged ? descend(below, name) : (struct below){0}, none = {0};
    bool opaque = is_opaque(fd);
    if (opaque)
        r = walk->visitor->opaque ? report(walk, 'O', here, name, path, st, false) : report_hidden(walk, fd, &next, path);
    if (r == 0)
        r = level(walk, fd, merged ? &next : &none, path, depth + 1);
    below_close(&next);
    return r;
}

static int file(struct walk *walk, int here, const struct below *below, const char *name, const char *path, const struct stat *st)
{
    struct stat old;
    if (is_whiteout(st))
        return find(below, name, &old) ? report(walk, 'D', -EBADF, name, path, NULL, false) : 0;
    cleanup_close int fd =
        S_ISREG(st->st_mode) ? openat(here, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -EBADF;
    int r = fd < 0 ? 0 : check_plain(walk, fd, "trusted.overlay.metacopy", path);
    return r < 0 ? r : report(walk, find(below, name, &old) ? 'C' : 'A', here, name, path, st, false);
}

static int level(struct walk *walk, int here, const struct below *below, const char *path, int depth)
{
    int r = 0;
    cleanup_strv char **names = names_in(here);
    for (char **name = names; name && *name && r == 0; name++) {
        struct stat st;
        cleanup_free char *child = join(path, *name);
        if (fstatat(here, *name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        r = S_ISDIR(st.st_mode) ? directory(walk, here, below, *name, child, &st, depth)
                                : file(walk, here, below, *name, child, &st);
    }
    return r;
}

int upper_walk(int upper, const int *lowers, size_t count, const struct upper_visitor *visitor, struct error *err)
{
    struct walk walk = {.visitor = visitor, .err = err};
    const struct below below = {.fds = (int *)lowers, .count = count};
    return level(&walk, upper, &below, "", 0);
}
