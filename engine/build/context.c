/* The build's context: a tar that a client sent, or what was downloaded, as a directory that belongs to this build alone. */
#include "build/build_internal.h"
#include "build/files.h"

#include "base/files.h"
#include "base/ignore.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/archive_job.h"
#include "image/unpack.h"
#include "image/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 1000, IGNORE_MOST = 4 << 20, DOCKERFILE_MOST = 16 << 20 };

static int make(const char *parent, struct build_context *out, struct error *err)
{
    *out = (struct build_context){.fd = -EBADF};
    for (int tries = 0; tries < 100; tries++) {
        unsigned random;
        random_bytes(&random, sizeof random);
        out->directory = str_format("%s/docker-builder%09u", parent, random % 1000000000u);
        if (mkdir(out->directory, 0755) == 0) /* as RUN --mount=type=bind shows it; nobody gets through its parent */
            break;
        if (errno != EEXIST)
            return error_errno(err, errno, "make directory %s", out->directory);
        free(move_ptr(out->directory));
    }
    out->fd = out->directory ? open(out->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -EBADF;
    return out->fd < 0 ? error_errno(err, errno, "open %s", str_or(out->directory, parent)) : 0;
}

void build_context_remove(struct build_context *context)
{
    struct error why = ERROR_INIT;
    context->fd = fd_close(context->fd);
    if (context->directory && path_remove_tree(context->directory, &why) < 0)
        log_warn("%s", why.message);
    free(context->directory);
    free(context->dockerfile);
    *context = (struct build_context){.fd = -EBADF};
}

int build_context_tar(const char *parent, int fd, struct build_context *out, struct error *err)
{
    static const struct unpack_limits limits = {.bytes = 64LL << 30, .entries = 4 << 20, .unpadded = true};
    struct unpack_report report;
    struct error why = ERROR_INIT;
    int r = make(parent, out, err);
    if (r == 0 &&
        unpack_confined(&(struct unpack_input){.fd = fd, .undigested = true}, out->directory, &limits, -EBADF, &report, &why) < 0 &&
        !(report.entries == 0 && strstr(why.message, "the file is empty")))
        r = error_set(err, why.code == ENOSPC ? ENOSPC : EINVAL, "Error processing tar file(%s): %s",
                      why.code == ENOSPC ? "no space" : "bad context", why.message);
    if (r < 0)
        build_context_remove(out);
    return r;
}

int build_context_adopt(const char *parent, const char *directory, struct build_context *out, struct error *err)
{
    int r = make(parent, out, err);
    if (r == 0 && rename(directory, out->directory) < 0)
        r = error_errno(err, errno, "rename %s to %s", directory, out->directory);
    out->fd = fd_close(out->fd); /* of the empty one */
    if (r == 0 && (out->fd = open(out->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        r = error_errno(err, errno, "open %s", out->directory);
    if (r < 0)
        build_context_remove(out);
    return r;
}

int build_context_remote(const char *parent, int fd, struct build_context *out, struct error *err)
{
    struct stat st;
    if (view_is_tar(fd))
        return lseek(fd, 0, SEEK_SET) < 0 ? error_errno(err, errno, "read what was downloaded")
                                          : build_context_tar(parent, fd, out, err);
    if (fstat(fd, &st) < 0 || st.st_size > DOCKERFILE_MOST)
        return error_set(err, EINVAL, "the remote context is neither a tar nor a Dockerfile: it has %lld bytes",
                         (long long)st.st_size);
    int r = make(parent, out, err);
    if (r < 0)
        return r;
    out->dockerfile = xcalloc(1, (size_t)st.st_size + 1);
    ssize_t len = lseek(fd, 0, SEEK_SET) < 0 ? -errno : read_full(fd, out->dockerfile, (size_t)st.st_size);
    if (len < 0)
        build_context_remove(out);
    return len < 0 ? error_errno(err, (int)-len, "read what was downloaded") : 0;
}

int context_read(const struct build_context *context, const char *path, size_t most, char **text, size_t *len, struct error *err)
{
    struct stat st;
    cleanup_free char *resolved = NULL, *clean = path_within(path);
    if (!clean)
        return error_set(err, EINVAL, "forbidden path outside the build context: %s ()", path);
    int r = files_resolve(context->fd, clean, &resolved, err);
    if (r == 0)
        r = files_stat(context->fd, resolved, &st);
    if (r < 0)
        return r == -ENOENT || r == -ENOTDIR ? error_errno(err, ENOENT, "%s", path) : error_errno(err, -r, "%s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, EIO, "%s in the build context is no file", path);
    if (st.st_size > (off_t)most)
        return error_set(err, EINVAL, "%s has %lld bytes: %zu are the most", path, (long long)st.st_size, most);
    cleanup_close int fd = files_open(context->fd, resolved, O_RDONLY | O_NOFOLLOW);
    if (fd < 0)
        return error_errno(err, -fd, "open %s", path);
    *text = xcalloc(1, (size_t)st.st_size + 1);
    ssize_t got = read_full(fd, *text, (size_t)st.st_size);
    *len = got < 0 ? 0 : (size_t)got;
    return got < 0 ? error_errno(err, (int)-got, "read %s", path) : 0;
}

static int filter(int at, const char *below, const struct ignore *ignore, int depth, struct error *err)
{
    int r = depth < DEEPEST ? 0 : error_set(err, ENAMETOOLONG, "%.200s...: directories are nested deeper than %d", below, DEEPEST);
    cleanup_strv char **names = r < 0 ? NULL : names_in(at);
    for (char **name = names; name && *name && r == 0; name++) {
        struct stat st;
        cleanup_free char *path = *below ? str_format("%s/%s", below, *name) : xstrdup(*name);
        if (fstatat(at, *name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        bool directory = S_ISDIR(st.st_mode), ignored = ignore_matches(ignore, path);
        if (ignored && (!directory || ignore_skips(ignore, path))) {
            remove_below(at, *name);
            continue;
        }
        cleanup_close int fd = directory ? openat(at, *name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -EBADF;
        if (fd < 0)
            continue;
        r = filter(fd, path, ignore, depth + 1, err);
        if (ignored) /* it stays for what came back in it */
            (void)unlinkat(at, *name, AT_REMOVEDIR);
    }
    return r;
}

int context_filter(const struct build_context *context, const char *dockerfile, struct error *err)
{
    cleanup_free char *own = str_format("%s.dockerignore", dockerfile), *text = NULL;
    const char *name = own;
    size_t len = 0;
    struct ignore *ignore = NULL;
    int r = context_read(context, name, IGNORE_MOST, &text, &len, NULL);
    if (r < 0)
        r = context_read(context, name = ".dockerignore", IGNORE_MOST, &text, &len, NULL);
    if (r < 0)
        return 0;
    if (ignore_parse(text, len, &ignore, err) < 0)
        return error_prefix(err, "error checking context");
    r = filter(context->fd, "", ignore, 0, err);
    ignore_free(ignore);
    return r;
}
