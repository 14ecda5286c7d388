#include "cli/copy_local.h"

#include "base/memory.h"
#include "base/strings.h"
#include "cli/pack.h"
#include "cli/walk.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first occurrence, as Docker does it: names begin with what is exchanged. */
static char *renamed(const char *name, const struct copy_rename *rename)
{
    const char *found = rename->from ? strstr(name, rename->from) : NULL;
    if (!found)
        return xstrdup(name);
    return str_format("%.*s%s%s", (int)(found - name), name, rename->to, found + strlen(rename->from));
}

struct packer {
    struct pack *pack;
    const struct copy_rename *rename;
};

static int pack_one(void *data, int at, const char *name, const char *path, const struct stat *st, struct error *err)
{
    struct packer *packer = data;
    (void)err; /* the one that the pack has */
    cleanup_free char *entry_name = S_ISDIR(st->st_mode) ? str_format("%s/", path) : xstrdup(path);
    cleanup_free char *stored = renamed(entry_name, packer->rename);
    return pack_add(packer->pack, at, name, stored, st);
}

int copy_pack(const char *directory, const char *name, const struct copy_rename *rename, int fd, int64_t *bytes, struct error *err)
{
    struct packer packer = {.pack = pack_new(fd, &(struct pack_options){0}, err), .rename = rename};
    const struct walk walk = {.visit = pack_one, .data = &packer};
    if (!packer.pack)
        return -ENOSYS;
    int r = walk_tree(&walk, directory, name, err), end = pack_end(packer.pack, bytes);
    return r < 0 ? r : end;
}

struct unpacker {
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
        archive_set_error(tar, EIO, "the copy broke off");
    return got;
}

static int disk_failed(struct unpacker *unpacker, const char *name)
{
    return error_set(unpacker->err, EPROTO, "%s: %s", name, str_or(archive_error_string(unpacker->disk), "cannot write"));
}

static int tar_broken(struct unpacker *unpacker)
{
    return error_set(unpacker->err, EPROTO, "%s", str_or(archive_error_string(unpacker->tar), "unexpected EOF"));
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
    const char *given = str_or(archive_entry_pathname(entry), ""), *link = archive_entry_hardlink(entry);
    cleanup_free char *name = renamed(given + strspn(given, "/"), rename);
    cleanup_free char *target = link ? renamed(link + strspn(link, "/"), rename) : NULL;
    char *path = name + strspn(name, "/");
    if (!*path || str_equal(path, ".") || str_equal(path, "./"))
        return 0;
    archive_entry_copy_pathname(entry, path);
    if (target)
        archive_entry_copy_hardlink(entry, target + strspn(target, "/"));
    int r = check_kind(unpacker, path, archive_entry_filetype(entry) == AE_IFDIR);
    if (r == 0 && archive_write_header(unpacker->disk, entry) < ARCHIVE_WARN)
        r = disk_failed(unpacker, path);
    const void *block;
    size_t len;
    la_int64_t offset;
    while (r == 0 && !target) {
        int got = archive_read_data_block(unpacker->tar, &block, &len, &offset);
        if (got == ARCHIVE_EOF)
            break;
        if (got < ARCHIVE_WARN)
            r = tar_broken(unpacker);
        else if (len && archive_write_data_block(unpacker->disk, block, len, offset) < ARCHIVE_WARN)
            r = disk_failed(unpacker, path);
        unpacker->bytes += (int64_t)len;
    }
    if (r == 0 && archive_write_finish_entry(unpacker->disk) < ARCHIVE_WARN)
        r = disk_failed(unpacker, path);
    return r;
}

int copy_unpack(const char *directory, const struct copy_rename *rename, bool owners,
                ssize_t (*read)(void *data, const void **block), void *data, int64_t *bytes, struct error *err)
{
    struct unpacker unpacker = {.err = err, .read = read, .data = data};
    struct archive_entry *entry;
    if (chdir(directory) < 0)
        return error_set(err, EPROTO, "open %s: %s", directory, strerror(errno));
    unpacker.tar = archive_read_new();
    unpacker.disk = archive_write_disk_new();
    archive_read_support_format_tar(unpacker.tar);
    archive_write_disk_set_options(unpacker.disk, ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_XATTR |
                                                      ARCHIVE_EXTRACT_UNLINK | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                                                      ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS |
                                                      (owners ? ARCHIVE_EXTRACT_OWNER : 0));
    int r = archive_read_open(unpacker.tar, &unpacker, NULL, next_block, NULL) == ARCHIVE_OK ? 0 : tar_broken(&unpacker);
    while (r == 0) {
        int got = archive_read_next_header(unpacker.tar, &entry);
        if (got == ARCHIVE_EOF)
            break;
        r = got < ARCHIVE_WARN ? tar_broken(&unpacker) : unpack_one(&unpacker, entry, rename);
    }
    if (archive_write_close(unpacker.disk) < ARCHIVE_WARN && r == 0)
        r = disk_failed(&unpacker, directory);
    archive_write_free(unpacker.disk);
    archive_read_free(unpacker.tar);
    *bytes = unpacker.bytes;
    return r;
}
