/* Files to tar (pax where ustar does not do), by libarchive. Contents are as long as the header promised: a file that shrinks
 * meanwhile is filled up with zeros, one that grows is cut. Sockets cannot be in a tar and are left out. */
#include "image/archive_job.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BLOCK = 1 << 18, DEEPEST = 2048, KERNEL_FILE_MOST = 16 << 20 };

struct pack {
    struct archive *tar;
    struct archive_entry_linkresolver *links;
    char *block;
};

static ssize_t put_block(struct archive *tar, void *data, const void *bytes, size_t len)
{
    (void)data;
    int r = write_full(STDOUT_FILENO, bytes, len);
    if (r == 0)
        return (ssize_t)len;
    archive_set_error(tar, -r, "write: %s", strerror(-r));
    return -1;
}

struct pack *archive_pack_new(void)
{
    struct pack *pack = xcalloc(1, sizeof *pack);
    pack->block = xmalloc(BLOCK);
    pack->tar = archive_write_new();
    archive_write_set_format_pax_restricted(pack->tar);
    archive_write_set_bytes_per_block(pack->tar, BLOCK);
    archive_write_set_bytes_in_last_block(pack->tar, 1);
    archive_write_open(pack->tar, NULL, NULL, put_block, NULL);
    pack->links = archive_entry_linkresolver_new();
    archive_entry_linkresolver_set_strategy(pack->links, archive_format(pack->tar));
    return pack;
}

static int failed(struct pack *pack, const char *stored, struct error *err)
{
    return error_set(err, EIO, "archive %s: %s", stored, str_or(archive_error_string(pack->tar), "cannot write"));
}

int archive_pack_end(struct pack *pack, struct error *err)
{
    int r = archive_write_close(pack->tar) < ARCHIVE_WARN ? failed(pack, "the end", err) : 0;
    archive_entry_linkresolver_free(pack->links);
    archive_write_free(pack->tar);
    free(pack->block);
    free(pack);
    return r;
}

/* What belongs to a file wherever it goes; what steers this machine's overlay or labels does not. */
static bool travels(const char *name)
{
    return str_equal(name, "security.capability") || (str_starts(name, "user.") && !str_starts(name, "user.overlay."));
}

static void add_attributes(struct archive_entry *entry, int fd)
{
    cleanup_free char *names = xmalloc(XATTR_LIST_MAX), *value = xmalloc(XATTR_SIZE_MAX);
    ssize_t len = flistxattr(fd, names, XATTR_LIST_MAX);
    for (char *name = names; len > 0 && name < names + len; name += strlen(name) + 1) {
        ssize_t size = travels(name) ? fgetxattr(fd, name, value, XATTR_SIZE_MAX) : -1;
        if (size >= 0)
            archive_entry_xattr_add_entry(entry, name, value, (size_t)size);
    }
}

/* procfs and its like: sizes mean nothing there, and trees have no end. */
static bool of_the_kernel(int fd)
{
    static const long magics[] = {0x9fa0 /* proc */,
                                  0x62656572 /* sysfs */,
                                  0x27e0eb,
                                  0x63677270 /* cgroup, cgroup2 */,
                                  0x64626720 /* debugfs */,
                                  0x74726163 /* tracefs */,
                                  0x73636673 /* securityfs */,
                                  0xcafe4a11 /* bpf */,
                                  0x1cd1 /* devpts */,
                                  0x19800202 /* mqueue */};
    struct statfs fs;
    if (fstatfs(fd, &fs) < 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(magics); i++)
        if ((long)fs.f_type == magics[i])
            return true;
    return false;
}

static int put_zeros(struct pack *pack, int64_t count)
{
    memset(pack->block, 0, BLOCK);
    while (count > 0) {
        size_t now = count < BLOCK ? (size_t)count : BLOCK;
        if (archive_write_data(pack->tar, pack->block, now) < 0)
            return -1;
        count -= (int64_t)now;
    }
    return 0;
}

static int put_contents(struct pack *pack, int fd, int64_t size, const char *stored, struct error *err)
{
    int64_t at = 0;
    while (at < size) {
        off_t data = lseek(fd, at, SEEK_DATA);
        int64_t hole = data < 0 && errno == ENXIO ? size - at : data > at ? data - at : 0;
        if (hole > size - at)
            hole = size - at;
        if (hole && put_zeros(pack, hole) < 0)
            return failed(pack, stored, err);
        at += hole;
        if (hole)
            continue;
        ssize_t got = pread(fd, pack->block, size - at < BLOCK ? (size_t)(size - at) : BLOCK, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "read %s", stored);
        if (got == 0)
            return put_zeros(pack, size - at) < 0 ? failed(pack, stored, err) : 0;
        if (archive_write_data(pack->tar, pack->block, (size_t)got) < 0)
            return failed(pack, stored, err);
        at += got;
    }
    return 0;
}

static int put_header(struct pack *pack, struct archive_entry *entry, const char *stored, struct error *err)
{
    struct archive_entry *later = NULL;
    archive_entry_linkify(pack->links, &entry, &later);
    return archive_write_header(pack->tar, entry) < ARCHIVE_WARN ? failed(pack, stored, err) : 0;
}

static int put_kernel_file(struct pack *pack, struct archive_entry *entry, int fd, const char *stored, struct error *err)
{
    cleanup_free char *text = xmalloc(KERNEL_FILE_MOST);
    ssize_t len = read_full(fd, text, KERNEL_FILE_MOST);
    if (len < 0)
        return error_errno(err, (int)-len, "read %s", stored);
    archive_entry_set_size(entry, len);
    int r = put_header(pack, entry, stored, err);
    return r < 0 ? r : archive_write_data(pack->tar, text, (size_t)len) < 0 ? failed(pack, stored, err) : 0;
}

static int put_regular(struct pack *pack, struct archive_entry *entry, int at, const char *name, const char *stored,
                       struct stat *st, struct error *err)
{
    cleanup_close int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ELOOP ? 0 : error_errno(err, errno, "open %s", stored);
    if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode))
        return 0; /* exchanged since it was looked at */
    archive_entry_copy_stat(entry, st);
    add_attributes(entry, fd);
    if (st->st_size == 0 && of_the_kernel(fd))
        return put_kernel_file(pack, entry, fd, stored, err);
    int r = put_header(pack, entry, stored, err);
    if (r < 0 || archive_entry_hardlink(entry))
        return r;
    return put_contents(pack, fd, st->st_size, stored, err);
}

int archive_pack_entry(struct pack *pack, int at, const char *name, const char *stored, const struct stat *st, struct error *err)
{
    char target[4097];
    struct stat now = *st;
    if (S_ISSOCK(st->st_mode))
        return 0;
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_stat(entry, st);
    archive_entry_copy_pathname(entry, stored);
    int r = 0;
    if (S_ISREG(st->st_mode)) {
        r = put_regular(pack, entry, at, name, stored, &now, err);
    } else {
        ssize_t len = S_ISLNK(st->st_mode) ? readlinkat(at, name, target, sizeof target - 1) : 0;
        target[len < 0 ? 0 : len] = 0;
        if (S_ISLNK(st->st_mode))
            archive_entry_copy_symlink(entry, target);
        archive_entry_set_size(entry, 0);
        cleanup_close int fd = S_ISDIR(st->st_mode) ? openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -EBADF;
        if (fd >= 0)
            add_attributes(entry, fd);
        if (len >= 0)
            r = put_header(pack, entry, stored, err);
    }
    archive_entry_free(entry);
    return r;
}

/* An empty file whose name says something about others. */
static int pack_mark(struct pack *pack, const char *name, struct error *err)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0);
    archive_entry_set_size(entry, 0);
    archive_entry_set_mtime(entry, 0, 0);
    int r = archive_write_header(pack->tar, entry) < ARCHIVE_WARN ? failed(pack, name, err) : 0;
    archive_entry_free(entry);
    return r;
}

int archive_pack_whiteout(struct pack *pack, const char *stored, struct error *err)
{
    const char *slash = strrchr(stored, '/');
    cleanup_free char *name =
        slash ? str_format("%.*s/.wh.%s", (int)(slash - stored), stored, slash + 1) : str_format(".wh.%s", stored);
    return pack_mark(pack, name, err);
}

int archive_pack_opaque(struct pack *pack, const char *stored, struct error *err)
{
    cleanup_free char *name = str_format("%s/.wh..wh..opq", stored);
    return pack_mark(pack, name, err);
}

static int pack_level(struct pack *pack, int at, const char *name, const char *stored, int depth, struct error *err)
{
    struct stat st;
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return depth ? 0 : error_errno(err, errno, "%s", stored);
    cleanup_free char *directory_name = S_ISDIR(st.st_mode) && !str_ends(stored, "/") ? str_format("%s/", stored) : xstrdup(stored);
    int r = archive_pack_entry(pack, at, name, directory_name, &st, err);
    if (r < 0 || !S_ISDIR(st.st_mode))
        return r;
    if (depth == DEEPEST)
        return error_set(err, ENAMETOOLONG, "archive %.200s...: directories are nested deeper than %d", stored, DEEPEST);
    cleanup_close int here = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (here < 0 || (depth && of_the_kernel(here)))
        return 0;
    cleanup_strv char **names = names_in(here);
    for (size_t i = 0; r == 0 && names && names[i]; i++) {
        cleanup_free char *child = str_format("%s%s", directory_name, names[i]);
        r = pack_level(pack, here, names[i], child, depth + 1, err);
    }
    return r;
}

int archive_pack_tree(struct pack *pack, int at, const char *name, const char *stored, struct error *err)
{
    return pack_level(pack, at, name, stored, 0, err);
}
