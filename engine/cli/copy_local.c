#include "cli/copy_local.h"

#include "base/memory.h"
#include "base/strings.h"
#include "cli/archive_library.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 18, DEEPEST = 1024 };

struct packer {
    const struct archive_library *lib;
    struct archive *tar;
    struct archive_entry_linkresolver *links;
    const struct copy_rename *rename;
    int64_t bytes;
    char *block;
    struct error *err;
};

/* The first occurrence, as Docker does it: names begin with what is exchanged. */
static char *renamed(const char *name, const struct copy_rename *rename)
{
    const char *found = rename->from ? strstr(name, rename->from) : NULL;
    if (!found)
        return xstrdup(name);
    return str_format("%.*s%s%s", (int)(found - name), name, rename->to, found + strlen(rename->from));
}

static int tar_failed(struct packer *packer, const char *name)
{
    return error_set(packer->err, EPROTO, "%s: %s", name,
                     str_or(packer->lib->archive_error_string(packer->tar), "cannot write the tar"));
}

static int pack_data(struct packer *packer, int fd, int64_t size, const char *name)
{
    while (size > 0) {
        ssize_t got = read(fd, packer->block, size < BLOCK ? (size_t)size : BLOCK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(packer->err, EPROTO, "read %s: %s", name, strerror(errno));
        if (got == 0) { /* it has become shorter; the header has promised more */
            got = size < BLOCK ? size : BLOCK;
            memset(packer->block, 0, (size_t)got);
        }
        if (packer->lib->archive_write_data(packer->tar, packer->block, (size_t)got) < 0)
            return tar_failed(packer, name);
        size -= got;
        packer->bytes += got;
    }
    return 0;
}

/* Sockets have no place in a tar. */
static int pack_one(struct packer *packer, int at, const char *name, const char *stored, const struct stat *st)
{
    const struct archive_library *lib = packer->lib;
    char target[4097];
    cleanup_close int fd = S_ISREG(st->st_mode) ? openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -EBADF;
    if (S_ISREG(st->st_mode) && fd < 0)
        return error_set(packer->err, EPROTO, "open %s: %s", stored, strerror(errno));
    struct archive_entry *entry = lib->archive_entry_new(), *later = NULL;
    cleanup_free char *shown = renamed(stored, packer->rename);
    lib->archive_entry_copy_stat(entry, st);
    lib->archive_entry_copy_pathname(entry, shown);
    ssize_t len = S_ISLNK(st->st_mode) ? readlinkat(at, name, target, sizeof target - 1) : -1;
    if (len >= 0) {
        target[len] = 0;
        lib->archive_entry_copy_symlink(entry, target);
    }
    if (!S_ISREG(st->st_mode))
        lib->archive_entry_set_size(entry, 0);
    lib->archive_entry_linkify(packer->links, &entry, &later);
    int r = lib->archive_write_header(packer->tar, entry) < ARCHIVE_WARN ? tar_failed(packer, stored) : 0;
    if (r == 0 && fd >= 0 && !lib->archive_entry_hardlink(entry))
        r = pack_data(packer, fd, lib->archive_entry_size(entry), stored);
    lib->archive_entry_free(entry);
    return r;
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static int pack_tree(struct packer *packer, int at, const char *name, const char *stored, int depth)
{
    struct stat st;
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return depth ? 0 : error_set(packer->err, EPROTO, "lstat %s: %s", stored, strerror(errno));
    if (S_ISSOCK(st.st_mode))
        return 0;
    cleanup_free char *entry_name = S_ISDIR(st.st_mode) ? str_format("%s/", stored) : xstrdup(stored);
    int r = pack_one(packer, at, name, entry_name, &st);
    if (r < 0 || !S_ISDIR(st.st_mode))
        return r;
    if (depth == DEEPEST)
        return error_set(packer->err, EPROTO, "%.200s...: directories are nested deeper than %d", stored, DEEPEST);
    struct dirent **entries = NULL;
    cleanup_close int here = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int count = here < 0 ? -1 : scandirat(here, ".", &entries, NULL, by_name);
    if (count < 0)
        return error_set(packer->err, EPROTO, "open %s: %s", stored, strerror(errno));
    for (int i = 0; i < count; i++) {
        const char *child = entries[i]->d_name;
        if (r == 0 && !str_equal(child, ".") && !str_equal(child, "..")) {
            cleanup_free char *path = str_format("%s%s", entry_name, child);
            r = pack_tree(packer, here, child, path, depth + 1);
        }
        free(entries[i]);
    }
    free(entries);
    return r;
}

int copy_pack(const char *directory, const char *name, const struct copy_rename *rename, int fd, int64_t *bytes, struct error *err)
{
    struct packer packer = {.lib = archive_library(err), .rename = rename, .err = err};
    const struct archive_library *lib = packer.lib;
    cleanup_close int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!lib)
        return -ENOSYS;
    if (at < 0)
        return error_set(err, EPROTO, "open %s: %s", directory, strerror(errno));
    packer.block = xmalloc(BLOCK);
    packer.tar = lib->archive_write_new();
    lib->archive_write_set_format_pax_restricted(packer.tar);
    lib->archive_write_set_bytes_per_block(packer.tar, BLOCK);
    lib->archive_write_set_bytes_in_last_block(packer.tar, 1);
    packer.links = lib->archive_entry_linkresolver_new();
    lib->archive_entry_linkresolver_set_strategy(packer.links, lib->archive_format(packer.tar));
    int r = lib->archive_write_open_fd(packer.tar, fd) == ARCHIVE_OK ? 0 : tar_failed(&packer, name);
    if (r == 0)
        r = pack_tree(&packer, at, name, name, 0);
    if (lib->archive_write_close(packer.tar) < ARCHIVE_WARN && r == 0)
        r = tar_failed(&packer, name);
    lib->archive_entry_linkresolver_free(packer.links);
    lib->archive_write_free(packer.tar);
    free(packer.block);
    if (bytes)
        *bytes = packer.bytes;
    return r;
}

struct unpacker {
    const struct archive_library *lib;
    struct archive *tar, *disk;
    int64_t bytes;
    struct error *err;
    ssize_t (*read)(void *data, const void **block);
    void *data;
};

static ssize_t next_block(struct archive *tar, void *data, const void **block)
{
    struct unpacker *unpacker = data;
    ssize_t got = unpacker->read(unpacker->data, block);
    if (got < 0)
        unpacker->lib->archive_set_error(tar, EIO, "the copy broke off");
    return got;
}

static int disk_failed(struct unpacker *unpacker, const char *name)
{
    return error_set(unpacker->err, EPROTO, "%s: %s", name,
                     str_or(unpacker->lib->archive_error_string(unpacker->disk), "cannot write"));
}

static int tar_broken(struct unpacker *unpacker)
{
    return error_set(unpacker->err, EPROTO, "%s", str_or(unpacker->lib->archive_error_string(unpacker->tar), "unexpected EOF"));
}

/* What is there already must be of the same kind, as far as directories are concerned. */
static int check_kind(struct unpacker *unpacker, const char *name, bool directory)
{
    struct stat st;
    if (lstat(name, &st) < 0)
        return 0;
    if (S_ISDIR(st.st_mode) && !directory)
        return error_set(unpacker->err, EPROTO, "cannot overwrite directory \"%s\" with non-directory", name);
    if (!S_ISDIR(st.st_mode) && directory)
        return error_set(unpacker->err, EPROTO, "cannot overwrite non-directory \"%s\" with directory", name);
    return 0;
}

static int unpack_one(struct unpacker *unpacker, struct archive_entry *entry, const struct copy_rename *rename)
{
    const struct archive_library *lib = unpacker->lib;
    const char *given = str_or(lib->archive_entry_pathname(entry), ""), *link = lib->archive_entry_hardlink(entry);
    cleanup_free char *name = renamed(given + strspn(given, "/"), rename);
    cleanup_free char *target = link ? renamed(link + strspn(link, "/"), rename) : NULL;
    char *path = name + strspn(name, "/");
    if (!*path || str_equal(path, ".") || str_equal(path, "./"))
        return 0;
    lib->archive_entry_copy_pathname(entry, path);
    if (target)
        lib->archive_entry_copy_hardlink(entry, target + strspn(target, "/"));
    int r = check_kind(unpacker, path, lib->archive_entry_filetype(entry) == AE_IFDIR);
    if (r == 0 && lib->archive_write_header(unpacker->disk, entry) < ARCHIVE_WARN)
        r = disk_failed(unpacker, path);
    const void *block;
    size_t len;
    la_int64_t offset;
    while (r == 0 && !target) {
        int got = lib->archive_read_data_block(unpacker->tar, &block, &len, &offset);
        if (got == ARCHIVE_EOF)
            break;
        if (got < ARCHIVE_WARN)
            r = tar_broken(unpacker);
        else if (len && lib->archive_write_data_block(unpacker->disk, block, len, offset) < ARCHIVE_WARN)
            r = disk_failed(unpacker, path);
        unpacker->bytes += (int64_t)len;
    }
    if (r == 0 && lib->archive_write_finish_entry(unpacker->disk) < ARCHIVE_WARN)
        r = disk_failed(unpacker, path);
    return r;
}

int copy_unpack(const char *directory, const struct copy_rename *rename, bool owners,
                ssize_t (*read)(void *data, const void **block), void *data, int64_t *bytes, struct error *err)
{
    struct unpacker unpacker = {.lib = archive_library(err), .err = err, .read = read, .data = data};
    const struct archive_library *lib = unpacker.lib;
    struct archive_entry *entry;
    if (!lib)
        return -ENOSYS;
    if (chdir(directory) < 0)
        return error_set(err, EPROTO, "open %s: %s", directory, strerror(errno));
    unpacker.tar = lib->archive_read_new();
    unpacker.disk = lib->archive_write_disk_new();
    lib->archive_read_support_format_tar(unpacker.tar);
    lib->archive_write_disk_set_options(
        unpacker.disk, ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_UNLINK |
                           ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                           ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS | (owners ? ARCHIVE_EXTRACT_OWNER : 0));
    int r = lib->archive_read_open(unpacker.tar, &unpacker, NULL, next_block, NULL) == ARCHIVE_OK ? 0 : tar_broken(&unpacker);
    while (r == 0) {
        int got = lib->archive_read_next_header(unpacker.tar, &entry);
        if (got == ARCHIVE_EOF)
            break;
        r = got < ARCHIVE_WARN ? tar_broken(&unpacker) : unpack_one(&unpacker, entry, rename);
    }
    if (lib->archive_write_close(unpacker.disk) < ARCHIVE_WARN && r == 0)
        r = disk_failed(&unpacker, directory);
    lib->archive_write_free(unpacker.disk);
    lib->archive_read_free(unpacker.tar);
    *bytes = unpacker.bytes;
    return r;
}
