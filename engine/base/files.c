/* Files, directories and the places of shipped content; relies on strings.h and memory.h, holds no state but exe_dir's. */
#include "base/files.h"

#include "base/memory.h"
#include "base/strings.h"
#include "base/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_LIMIT = 64 << 20 };

char *path_join(const char *dir, const char *name)
{
    size_t len = strlen(dir);
    while (len > 1 && dir[len - 1] == '/')
        len--;
    while (*name == '/')
        name++;
    return str_format("%.*s%s%s", (int)len, dir, len && dir[len - 1] == '/' ? "" : "/", name);
}

bool path_exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

int path_make_dirs(const char *path, mode_t mode, struct error *err)
{
    cleanup_free char *copy = xstrdup(path);
    for (char *p = copy + 1;; p++) {
        if (*p && *p != '/')
            continue;
        char kept = *p;
        *p = 0;
        if (mkdir(copy, mode) < 0 && errno != EEXIST)
            return error_errno(err, errno, "make directory %s", copy);
        *p = kept;
        if (!kept)
            return 0;
    }
}

int directory_names(const char *path, char ***names, struct error *err)
{
    cleanup_dir DIR *dir = opendir(path);
    *names = NULL;
    while (dir) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry)
            break;
        if (entry->d_name[0] != '.')
            strv_add(names, entry->d_name);
    }
    if (dir && !errno)
        return 0;
    int code = errno;
    strv_free(move_ptr(*names));
    return error_errno(err, code, "read directory %s", path);
}

static int remove_file(int directory, const char *name, void *context)
{
    (void)context;
    return unlinkat(directory, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int remove_directory(int parent, const char *name, int directory, void *context)
{
    (void)directory;
    (void)context;
    return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int path_remove_tree(const char *path, struct error *err)
{
    static const struct tree_visitor visitor = {.file = remove_file, .leave = remove_directory};
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "remove %s", path);
    int r = S_ISDIR(st.st_mode) ? tree_walk(AT_FDCWD, path, &visitor) : remove_file(AT_FDCWD, path, NULL);
    return r < 0 && r != -ENOENT ? error_errno(err, -r, "remove %s", path) : 0;
}

char *file_read_at(int dirfd, const char *name, size_t *len, struct error *err)
{
    cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        error_errno(err, errno, "open %s", name);
        return NULL;
    }
    struct buf out = BUF_INIT;
    char chunk[16384];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || out.len > READ_LIMIT) {
            error_errno(err, got < 0 ? errno : EFBIG, "read %s", name);
            buf_free(&out);
            return NULL;
        }
        if (got == 0)
            break;
        buf_add(&out, chunk, (size_t)got);
    }
    if (len)
        *len = out.len;
    return buf_take(&out);
}

char *file_read(const char *path, size_t *len, struct error *err) { return file_read_at(AT_FDCWD, path, len, err); }

int file_nameless(const char *directory, struct error *err)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
        return fd >= 0 ? fd : error_errno(err, errno, "make a file without a name in %s", directory);
    cleanup_free char *path = str_format("%s/.nameless-XXXXXX", directory); /* the file system cannot do it */
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "make a temporary file in %s", directory);
    unlink(path);
    return fd;
}

int write_full(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len) {
        ssize_t put = write(fd, p, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        p += put;
        len -= (size_t)put;
    }
    return 0;
}

ssize_t read_full(int fd, void *data, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = read(fd, (char *)data + done, len - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

int file_write(const char *path, const void *data, size_t len, mode_t mode, struct error *err)
{
    cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0)
        return error_errno(err, errno, "open %s for writing", path);
    int r = write_full(fd, data, len);
    return r < 0 ? error_errno(err, -r, "write %s", path) : 0;
}

int file_write_atomic(const char *path, const void *data, size_t len, mode_t mode, bool sync, struct error *err)
{
    cleanup_free char *temporary = str_format("%s.tmp-XXXXXX", path);
    cleanup_close int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "create %s", temporary);
    int r = write_full(fd, data, len);
    if (r == 0 && fchmod(fd, mode) < 0)
        r = -errno;
    if (r == 0 && sync && fsync(fd) < 0)
        r = -errno;
    if (r == 0 && rename(temporary, path) < 0)
        r = -errno;
    if (r < 0) {
        unlink(temporary);
        return error_errno(err, -r, "write %s", path);
    }
    return 0;
}

int file_write_new(const char *path, const void *data, size_t len, mode_t mode, struct error *err)
{
    cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return error_errno(err, errno, "create %s", path);
    int r = write_full(fd, data, len);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (r == 0)
        return 0;
    unlink(path);
    return error_errno(err, -r, "write %s", path);
}

static int check_replaceable(const char *path, struct error *err)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "look at %s", path);
    return S_ISREG(st.st_mode) ? 0 : error_set(err, EEXIST, "%s is there and is no ordinary file; name another", path);
}

int file_replace(const char *path, const void *data, size_t len, mode_t mode, struct error *err)
{
    int r = check_replaceable(path, err);
    return r < 0 ? r : file_write_atomic(path, data, len, mode, true, err);
}

const char *exe_dir(void)
{
    static char dir[PATH_MAX];
    if (!dir[0]) {
        ssize_t len = readlink("/proc/self/exe", dir, sizeof dir - 1);
        if (len <= 0)
            return strcpy(dir, ".");
        dir[len] = 0;
        char *slash = strrchr(dir, '/');
        *(slash == dir ? slash + 1 : slash) = 0;
    }
    return dir;
}

char *exe_sibling(const char *program)
{
    char *path = path_join(exe_dir(), program);
    if (access(path, X_OK) < 0)
        *path = 0;
    return path;
}

char *content_dir(const char *name)
{
    /* Installed, then beside the programs, then in the checkout around a build directory one or two levels deep. */
    static const char *const places[] = {"/../share/slipway", "", "/..", "/../.."};
    const char *content = getenv("SLIPWAY_CONTENT");
    char *path = str_empty(content) ? NULL : path_join(content, name);
    for (size_t i = 0; (!path || !path_exists(path)) && i < ARRAY_LEN(places); i++) {
        free(path);
        path = str_format("%s%s/%s", exe_dir(), places[i], name);
    }
    return path;
}
