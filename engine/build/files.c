/* Paths below a root; see files.h. */
#include "build/files.h"

#include "base/memory.h"
#include "image/archive_job.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LINKS_MOST = 255 };

/* Without a link anywhere, except that O_PATH | O_NOFOLLOW may end at one. */
int files_open(int root, const char *resolved, int flags)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV};
    int fd = (int)syscall(SYS_openat2, root, *resolved ? resolved : ".", &how, sizeof how);
    return fd < 0 ? -errno : fd;
}

int files_stat(int root, const char *resolved, struct stat *st)
{
    cleanup_close int fd = files_open(root, resolved, O_PATH | O_NOFOLLOW);
    return fd < 0 ? fd : fstat(fd, st) < 0 ? -errno : 0;
}

int files_parent(int root, const char *resolved, const char **name)
{
    const char *slash = strrchr(resolved, '/');
    cleanup_free char *parent = slash ? xstrndup(resolved, (size_t)(slash - resolved)) : xstrdup("");
    *name = slash ? slash + 1 : *resolved ? resolved : ".";
    return files_open(root, parent, O_RDONLY | O_DIRECTORY);
}

/* Takes the last name away. */
static void go_up(struct buf *path)
{
    while (path->len && path->data[--path->len] != '/')
        ;
    if (path->data)
        path->data[path->len] = 0;
}

/* The target when the path is a link. */
static bool read_link(int root, const char *path, char **target)
{
    char text[4096];
    struct stat st;
    cleanup_close int fd = files_open(root, path, O_PATH | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISLNK(st.st_mode))
        return false;
    ssize_t len = readlinkat(fd, "", text, sizeof text);
    if (len <= 0)
        return false;
    *target = xstrndup(text, (size_t)len);
    return true;
}

int files_resolve(int root, const char *path, char **out, struct error *err)
{
    cleanup_buf struct buf done = BUF_INIT;
    cleanup_free char *rest = xstrdup(path);
    int links = 0;
    for (char *at = rest; *at;) {
        size_t len = strcspn(at, "/");
        cleanup_free char *name = xstrndup(at, len), *target = NULL;
        at += len + (at[len] == '/');
        if (!len || str_equal(name, "."))
            continue;
        if (str_equal(name, "..")) {
            go_up(&done);
            continue;
        }
        size_t before = done.len;
        buf_printf(&done, "%s%s", done.len ? "/" : "", name);
        if (!read_link(root, done.data, &target))
            continue;
        if (++links > LINKS_MOST)
            return error_errno(err, ELOOP, "%s", path);
        done.len = *target == '/' ? 0 : before;
        done.data[done.len] = 0;
        char *next = str_format("%s/%s", target, at);
        free(rest);
        at = rest = next;
    }
    *out = done.len ? buf_take(&done) : xstrdup("");
    return 0;
}

char *path_within(const char *path)
{
    cleanup_strv char **parts = str_split(path, '/');
    cleanup_buf struct buf out = BUF_INIT;
    for (char **part = parts; *part; part++) {
        if (!**part || str_equal(*part, "."))
            continue;
        if (!str_equal(*part, "..")) {
            buf_printf(&out, "%s%s", out.len ? "/" : "", *part);
            continue;
        }
        if (!out.len)
            return NULL;
        go_up(&out);
    }
    return out.len ? buf_take(&out) : xstrdup("");
}

bool has_wildcards(const char *path)
{
    for (; *path; path++) {
        if (*path == '\\' && path[1])
            path++;
        else if (strchr("*?[", *path))
            return true;
    }
    return false;
}

/* One character of a class, escapes taken off; the text behind it, or NULL when the pattern is broken. */
static const char *class_char(const char *p, char *out)
{
    if (*p == '\\')
        p++;
    if (!*p || *p == ']')
        return NULL;
    *out = *p;
    return p + 1;
}

/* Behind '[': whether `c` is in it; the text behind ']', or NULL. */
static const char *match_class(const char *p, char c, bool *found)
{
    bool negated = *p == '^', any = false;
    *found = false;
    p += negated;
    while (*p && !(*p == ']' && any)) {
        char low, high;
        p = class_char(p, &low);
        high = low;
        if (p && *p == '-')
            p = class_char(p + 1, &high);
        if (!p)
            return NULL;
        *found |= (unsigned char)low <= (unsigned char)c && (unsigned char)c <= (unsigned char)high;
        any = true;
    }
    *found ^= negated;
    return *p == ']' ? p + 1 : NULL;
}

bool name_matches(const char *pattern, const char *name)
{
    const char *star = NULL, *resume = NULL;
    for (;;) {
        const char *next = pattern;
        bool fits = false;
        if (*pattern == '*') {
            star = ++pattern;
            resume = name;
            continue;
        }
        if (!*pattern && !*name)
            return true;
        if (*name && *pattern == '[') {
            next = match_class(pattern + 1, *name, &fits);
            if (!next)
                return false;
        } else if (*name && *pattern) {
            const char *literal = *pattern == '\\' && pattern[1] ? pattern + 1 : pattern;
            fits = *pattern == '?' || *literal == *name;
            next = literal + 1;
        }
        if (fits) {
            pattern = next;
            name++;
        } else if (star && *resume) {
            pattern = star;
            name = ++resume;
        } else {
            return false;
        }
    }
}

static void match_level(int at, const char *below, const char *pattern, char ***out)
{
    size_t len = strcspn(pattern, "/");
    cleanup_free char *own = xstrndup(pattern, len);
    cleanup_strv char **names = names_in(at);
    for (char **name = names; name && *name; name++) {
        if (!name_matches(own, *name))
            continue;
        char *path = *below ? str_format("%s/%s", below, *name) : xstrdup(*name);
        if (!pattern[len]) {
            strv_take(out, path);
            continue;
        }
        cleanup_close int fd = openat(at, *name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0)
            match_level(fd, path, pattern + len + 1, out);
        free(path);
    }
}

char **files_match(int root, const char *pattern)
{
    char **out = NULL;
    match_level(root, "", pattern, &out);
    return out;
}
