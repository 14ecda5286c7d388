/* A walk with its own stack of names; see tree.h. On the way up ".." is trusted only if it is the directory we came from. */
#include "base/tree.h"

#include "base/memory.h"
#include "base/strings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One directory on the way down: which it is, and those of its subdirectories that are still to be done. */
struct level {
    char *name;
    dev_t device;
    ino_t inode;
    char **below;
    size_t count, room;
};

struct walk {
    const struct tree_visitor *visitor;
    struct level *levels;
    size_t depth, room;
    int here; /* levels[depth - 1] */
};

static void remember(struct level *level, const char *name)
{
    if (level->count == level->room) {
        level->room = level->room ? level->room * 2 : 8;
        level->below = xrealloc(level->below, level->room * sizeof *level->below);
    }
    level->below[level->count++] = xstrdup(name);
}

static bool is_directory(int fd, const struct dirent *entry)
{
    struct stat status;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_DIR;
    return fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

static int read_entries(struct walk *walk, struct level *level)
{
    int fd = openat(walk->here, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir cleanup_dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        fd_close(fd);
        return -errno;
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, ".."))
            continue;
        if (is_directory(fd, entry)) {
            remember(level, entry->d_name);
        } else if (walk->visitor->file) {
            int rc = walk->visitor->file(fd, entry->d_name, walk->visitor->context);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

static int descend(struct walk *walk, int from, const char *name, int flags)
{
    struct stat status;
    int fd cleanup_close = openat(from, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    if (walk->depth && status.st_dev != walk->levels[0].device)
        return -EXDEV;
    if (walk->depth == walk->room) {
        walk->room = walk->room ? walk->room * 2 : 16;
        walk->levels = xrealloc(walk->levels, walk->room * sizeof *walk->levels);
    }
    struct level *level = &walk->levels[walk->depth++];
    *level = (struct level){.name = xstrdup(name), .device = status.st_dev, .inode = status.st_ino};
    fd_close(walk->here);
    walk->here = move_fd(fd);
    return read_entries(walk, level);
}

static void forget(struct level *level)
{
    while (level->count)
        free(level->below[--level->count]);
    free(level->below);
    free(level->name);
}

/* Leaves the innermost directory; `top` is what the outermost stands in. */
static int ascend(struct walk *walk, int top)
{
    struct level *level = &walk->levels[walk->depth - 1];
    if (walk->depth == 1) {
        int rc = walk->visitor->leave(top, level->name, walk->here, walk->visitor->context);
        walk->depth = 0;
        forget(level);
        return rc;
    }
    const struct level *outer = level - 1;
    struct stat status;
    int parent cleanup_close = openat(walk->here, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0 || fstat(parent, &status) < 0)
        return -errno;
    if (status.st_ino != outer->inode || status.st_dev != outer->device)
        return -ESTALE;
    int rc = walk->visitor->leave(parent, level->name, walk->here, walk->visitor->context);
    walk->depth--;
    forget(level);
    fd_close(walk->here);
    walk->here = move_fd(parent);
    return rc;
}

int tree_walk(int dirfd, const char *name, const struct tree_visitor *visitor)
{
    struct walk walk = {.visitor = visitor, .here = -EBADF};
    int rc = descend(&walk, dirfd, name, O_NOFOLLOW);
    while (walk.depth && rc >= 0) {
        struct level *level = &walk.levels[walk.depth - 1];
        if (!level->count) {
            rc = ascend(&walk, dirfd);
            continue;
        }
        char *next cleanup_free = level->below[--level->count];
        rc = descend(&walk, walk.here, next, O_NOFOLLOW);
        if (rc == -ENOENT || rc == -ENOTDIR)
            rc = 0;
    }
    while (walk.depth)
        forget(&walk.levels[--walk.depth]);
    free(walk.levels);
    fd_close(walk.here);
    return rc < 0 ? rc : 0;
}
