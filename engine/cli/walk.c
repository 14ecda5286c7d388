/* Recursion, with one descriptor for each level: a path is never resolved twice, so nobody can exchange what is above it. */
#include "cli/walk.h"

#include "base/memory.h"
#include "base/strings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEEPEST = 1024 };

static int problem(const struct walk *walk, const char *doing, const char *path, int code, struct error *err)
{
    if (walk->problem)
        return walk->problem(walk->data, path, code, err);
    return error_set(err, EPROTO, "%s %s: %s", doing, path, strerror(code));
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static int go(const struct walk *walk, int at, const char *name, const char *path, int depth, struct error *err);

/* `path` "" is the directory that the walk began in. */
static int go_inside(const struct walk *walk, int at, const char *name, const char *path, int depth, struct error *err)
{
    struct dirent **entries = NULL;
    if (depth == DEEPEST)
        return error_set(err, EPROTO, "%.200s...: directories are nested deeper than %d", path, DEEPEST);
    cleanup_close int here = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int count = here < 0 ? -1 : scandirat(here, ".", &entries, NULL, by_name), r = 0;
    if (count < 0)
        return problem(walk, "open", *path ? path : name, errno, err);
    for (int i = 0; i < count; i++) {
        const char *child = entries[i]->d_name;
        if (r == 0 && !str_equal(child, ".") && !str_equal(child, "..")) {
            cleanup_free char *below = *path ? str_format("%s/%s", path, child) : xstrdup(child);
            r = go(walk, here, child, below, depth + 1, err);
        }
        free(entries[i]);
    }
    free(entries);
    return r;
}

/* What has gone since its name was read is not missed. */
static int go(const struct walk *walk, int at, const char *name, const char *path, int depth, struct error *err)
{
    struct stat st;
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return depth && errno == ENOENT ? 0 : problem(walk, "lstat", path, errno, err);
    if (S_ISSOCK(st.st_mode))
        return 0;
    enum walk_choice choice = walk->choose ? walk->choose(walk->data, path, &st) : WALK_TAKE;
    int r = choice == WALK_TAKE ? walk->visit(walk->data, at, name, path, &st, err) : 0;
    return r == 0 && choice != WALK_LEAVE && S_ISDIR(st.st_mode) ? go_inside(walk, at, name, path, depth, err) : r;
}

int walk_tree(const struct walk *walk, const char *directory, const char *name, struct error *err)
{
    cleanup_close int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return error_set(err, EPROTO, "open %s: %s", directory, strerror(errno));
    return go(walk, at, name, name, 0, err);
}

int walk_inside(const struct walk *walk, const char *directory, struct error *err)
{
    return go_inside(walk, AT_FDCWD, directory, "", 0, err);
}
