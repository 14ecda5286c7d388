#include "cli/copy_path.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MOST = 10 };

bool copy_ends_in_slash(const char *path) { return str_ends(path, "/"); }
bool copy_ends_in_dot(const char *path) { return str_equal(path, ".") || str_ends(path, "/."); }
bool copy_says_directory(const char *path) { return copy_ends_in_slash(path) || copy_ends_in_dot(path); }

char *copy_clean(const char *path)
{
    bool absolute = *path == '/';
    cleanup_strv char **parts = str_split(path, '/'), **out = NULL;
    size_t count = 0;
    for (char **part = parts; *part; part++) {
        if (!**part || str_equal(*part, "."))
            continue;
        if (!str_equal(*part, "..") || (!absolute && (!count || str_equal(out[count - 1], "..")))) {
            strv_add(&out, *part);
            count++;
        } else if (count) {
            count--;
            free(move_ptr(out[count]));
        }
    }
    cleanup_free char *joined = out ? strv_join(out, "/") : xstrdup("");
    return absolute ? str_format("/%s", joined) : xstrdup(*joined ? joined : ".");
}

char *copy_join(const char *directory, const char *path)
{
    cleanup_free char *whole = *path == '/' ? xstrdup(path) : str_format("%s/%s", directory, path);
    return copy_clean(whole);
}

static char *keep_end(char *cleaned, const char *original)
{
    const char *slash = str_ends(cleaned, "/") ? "" : "/";
    char *out;
    if (copy_ends_in_dot(original) && !copy_ends_in_dot(cleaned))
        out = str_format("%s%s.", cleaned, slash);
    else if (copy_ends_in_slash(original) && !*slash)
        return cleaned;
    else if (copy_ends_in_slash(original))
        out = str_format("%s/", cleaned);
    else
        return cleaned;
    free(cleaned);
    return out;
}

void copy_split(const char *path, char **directory, char **name)
{
    cleanup_free char *clean = copy_clean(path);
    cleanup_free char *whole =
        copy_ends_in_dot(path) ? str_format("%s%s.", clean, str_ends(clean, "/") ? "" : "/") : xstrdup(clean);
    const char *slash = strrchr(whole, '/');
    cleanup_free char *before = slash ? xstrndup(whole, (size_t)(slash - whole) + 1) : xstrdup(".");
    *directory = copy_clean(before);
    *name = slash && !slash[1] ? xstrdup("/") : xstrdup(slash ? slash + 1 : whole);
}

char *copy_base(const char *path)
{
    size_t end = strlen(path);
    if (!end)
        return xstrdup(".");
    while (end > 0 && path[end - 1] == '/')
        end--;
    if (!end)
        return xstrdup("/");
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    return xstrndup(path + start, end - start);
}

char *copy_absolute(const char *path)
{
    char here[PATH_MAX];
    return keep_end(copy_join(getcwd(here, sizeof here) ? here : "/", path), path);
}

void copy_end_clear(struct copy_end *end)
{
    free(end->path);
    free(end->rename);
    *end = (struct copy_end){0};
}

char *copy_rebase(const char *path, const char *resolved, char **rename)
{
    char *out = keep_end(xstrdup(resolved), path);
    cleanup_free char *asked = copy_base(path), *is = copy_base(out);
    *rename = str_equal(asked, is) ? NULL : xstrdup(asked);
    return out;
}

static int no(struct error *err, const char *act, const char *path)
{
    return error_set(err, EPROTO, "%s %s: %s", act, path, errno == ENOENT ? "no such file or directory" : strerror(errno));
}

int copy_source(const char *path, bool follow, struct copy_end *out, struct error *err)
{
    char real[PATH_MAX];
    struct stat st;
    *out = (struct copy_end){.exists = true};
    if (follow) {
        if (!realpath(path, real))
            return no(err, "lstat", path);
        out->path = copy_rebase(path, real, &out->rename);
    } else {
        const char *slash = strrchr(path, '/');
        cleanup_free char *directory = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup("."), *asked = NULL, *is = NULL;
        if (!realpath(directory, real))
            return no(err, "lstat", path);
        out->path = str_format("%s/%s", str_equal(real, "/") ? "" : real, slash ? slash + 1 : path);
        asked = copy_base(path);
        is = copy_base(out->path);
        if (copy_ends_in_slash(path) && !str_equal(asked, is))
            out->rename = xstrdup(asked);
    }
    if (lstat(out->path, &st) < 0)
        return no(err, "lstat", out->path);
    out->directory = S_ISDIR(st.st_mode);
    return 0;
}

int copy_destination(const char *path, struct copy_end *out, struct error *err)
{
    struct stat st;
    *out = (struct copy_end){.path = xstrdup(path)};
    int found = lstat(out->path, &st);
    for (int links = 0; found == 0 && S_ISLNK(st.st_mode); links++) {
        char target[PATH_MAX];
        ssize_t len = readlink(out->path, target, sizeof target - 1);
        if (links > LINKS_MOST || len < 0)
            return error_set(err, EPROTO, "too many symlinks in %s", path);
        target[len] = 0;
        cleanup_free char *directory = NULL, *name = NULL, *old = out->path;
        copy_split(old, &directory, &name);
        out->path = copy_join(directory, target);
        found = lstat(out->path, &st);
    }
    out->exists = found == 0;
    out->directory = out->exists && S_ISDIR(st.st_mode);
    if (out->exists)
        return 0;
    if (errno != ENOENT)
        return no(err, "lstat", out->path);
    cleanup_free char *directory = NULL, *name = NULL;
    copy_split(out->path, &directory, &name);
    if (stat(directory, &st) < 0)
        return no(err, "stat", directory);
    return S_ISDIR(st.st_mode) ? 0 : error_set(err, EPROTO, "not a directory");
}

int copy_plan(const struct copy_end *source, const struct copy_end *destination, struct copy_plan *plan, struct error *err)
{
    cleanup_free char *directory = NULL, *name = NULL, *unused = NULL, *from = NULL;
    *plan = (struct copy_plan){0};
    copy_split(destination->path, &directory, &name);
    copy_split(source->path, &unused, &from);
    if (destination->exists && destination->directory) {
        plan->directory = xstrdup(destination->path);
        return 0;
    }
    if (destination->exists && source->directory)
        return error_set(err, EPROTO, "cannot copy directory");
    if (!destination->exists && !source->directory && copy_says_directory(destination->path))
        return error_set(err, EPROTO, "no such directory");
    plan->directory = move_ptr(directory);
    plan->from = xstrdup(source->rename ? source->rename : str_equal(from, "/") ? "" : from);
    plan->to = move_ptr(name);
    return 0;
}

void copy_plan_clear(struct copy_plan *plan)
{
    free(plan->directory);
    free(plan->from);
    free(plan->to);
}
