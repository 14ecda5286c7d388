/* Paths as `docker cp` understands them, resolved below the container's root. */
#include "image/archive_job.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/tree.h"
#include "kernel/mount/mount.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool ends_in_dot(const char *path)
{
    size_t len = strlen(path);
    return str_equal(path, ".") || (len >= 2 && path[len - 1] == '.' && path[len - 2] == '/');
}

char *path_absolute(const char *path)
{
    cleanup_strv char **parts = str_split(path, '/');
    cleanup_buf struct buf out = BUF_INIT;
    for (char **part = parts; *part; part++) {
        if (!**part || str_equal(*part, "."))
            continue;
        if (!str_equal(*part, "..")) {
            buf_printf(&out, "/%s", *part);
            continue;
        }
        while (out.len && out.data[--out.len] != '/')
            ;
        if (out.data)
            out.data[out.len] = 0;
    }
    bool slash = *path && path[strlen(path) - 1] == '/', dot = ends_in_dot(path);
    if (!out.len || slash || dot)
        buf_putc(&out, '/');
    if (dot)
        buf_putc(&out, '.');
    return buf_take(&out);
}

const char *path_base(const char *path, char *room)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (start == end)
        return "/";
    memcpy(room, path + start, end - start);
    room[end - start] = 0;
    return room;
}

int path_parent(int root, const char *path, char **name)
{
    const char *slash = strrchr(path, '/');
    cleanup_free char *directory = xstrndup(path, (size_t)(slash - path) + 1);
    int fd = root_open(root, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        *name = xstrdup(slash[1] ? slash + 1 : ".");
    return fd;
}

int open_below(int at, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)(unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, at, path, &how, sizeof how);
    return fd < 0 ? -errno : fd;
}

/* os.FileMode of Go: its own bits for the kind of a file and for setuid, setgid and sticky. */
static json_int_t go_mode(mode_t mode)
{
    static const struct {
        mode_t mask, value;
        json_int_t bits;
    } table[] = {
        {S_IFMT, S_IFDIR, 1LL << 31},         {S_IFMT, S_IFLNK, 1 << 27},  {S_IFMT, S_IFBLK, 1 << 26},
        {S_IFMT, S_IFCHR, 1 << 26 | 1 << 21}, {S_IFMT, S_IFIFO, 1 << 25},  {S_IFMT, S_IFSOCK, 1 << 24},
        {S_ISUID, S_ISUID, 1 << 23},          {S_ISGID, S_ISGID, 1 << 22}, {S_ISVTX, S_ISVTX, 1 << 20},
    };
    json_int_t out = mode & 0777;
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if ((mode & table[i].mask) == table[i].value)
            out |= table[i].bits;
    return out;
}

/* Where a link leads within the root, fully resolved; as written when it leads nowhere. */
static char *link_target(int root, const char *path, int parent, const char *name)
{
    char text[4096] = "", proc[64];
    cleanup_close int fd = root_open(root, path, O_PATH | O_CLOEXEC);
    ssize_t len = -1;
    if (fd >= 0) {
        /* We are shut into the root, so the kernel's name for a descriptor begins there; without /proc, the link's own words do. */
        snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
        len = readlink(proc, text, sizeof text - 1);
    }
    if (len <= 0 || text[0] != '/')
        len = readlinkat(parent, name, text, sizeof text - 1);
    if (len < 0)
        return xstrdup("");
    text[len] = 0;
    if (text[0] == '/')
        return path_absolute(text);
    const char *slash = strrchr(path, '/');
    cleanup_free char *whole = str_format("%.*s/%s", (int)(slash - path), path, text);
    return path_absolute(whole);
}

json_t *path_stat(int root, const char *path, int parent, const char *name, const struct stat *st)
{
    char time[CLOCK_TEXT];
    cleanup_free char *room = xmalloc(strlen(path) + 1);
    const char *base = path_base(path, room);
    cleanup_free char *target = S_ISLNK(st->st_mode) ? link_target(root, path, parent, name) : xstrdup("");
    clock_rfc3339(st->st_mtim.tv_sec * 1000000000LL + st->st_mtim.tv_nsec, time);
    return json_pack("{s:o,s:I,s:I,s:s,s:o}", "name", json_stringn_nocheck(base, strlen(base)), "size", (json_int_t)st->st_size,
                     "mode", go_mode(st->st_mode), "mtime", time, "linkTarget", json_stringn_nocheck(target, strlen(target)));
}

static int bytewise(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

char **names_in(int directory)
{
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    size_t count = 0, room = 16;
    if (!dir) {
        fd_close(fd);
        return NULL;
    }
    char **names = xmalloc(room * sizeof *names);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, ".."))
            continue;
        if (count + 1 == room)
            names = xrealloc(names, (room *= 2) * sizeof *names);
        names[count++] = xstrdup(entry->d_name);
    }
    names[count] = NULL;
    qsort(names, count, sizeof *names, bytewise);
    return names;
}

static int unlink_file(int directory, const char *name, void *context)
{
    (void)context;
    return unlinkat(directory, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int unlink_directory(int parent, const char *name, int directory, void *context)
{
    (void)directory;
    (void)context;
    return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int remove_below(int at, const char *name)
{
    static const struct tree_visitor visitor = {.file = unlink_file, .leave = unlink_directory};
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
        return 0;
    return errno == EISDIR ? tree_walk(at, name, &visitor) : -errno;
}
