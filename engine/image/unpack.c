/* Two libarchive readers in a row: the first only decompresses, so that its output can be hashed; the second reads the tar.
 * Files are made by libarchive's disk writer with all its checks on. Knows nothing of processes: see unpack_process.c. */
#include "image/unpack.h"

#include "image/path_set.h"
#include "image/tar_split.h"

#include "base/memory.h"
#include "base/strings.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { READ_BLOCK = 1 << 18, NAME_SHOWN = 120 };

struct source {
    struct archive *plain; /* decompresses */
    struct sha256_ctx hash;
    int64_t seen, most;
    bool broken;
    struct tar_split *split; /* NULL: nobody wants one */
    struct buf ahead;        /* what was read and is not in the split yet; begins `taken` bytes before position `at` */
    size_t taken;
    int64_t at;
};

struct unpacker {
    struct source source;
    struct archive *tar;
    struct archive *disk;
    const struct unpack_limits *limits;
    struct unpack_report *report;
    char name[NAME_SHOWN + 8]; /* of the entry at hand, for messages */
    struct path_set stored;    /* files whose contents the split leaves out */
};

static bool fail(struct unpacker *u, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool fail(struct unpacker *u, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(u->report->message, sizeof u->report->message, format, args);
    va_end(args);
    u->report->code = code;
    return false;
}

/* What went wrong while reading, and where: at the entry that follows the last good one. */
static bool fail_reading(struct unpacker *u)
{
    struct archive *from = u->source.broken ? u->source.plain : u->tar;
    if (u->source.seen > u->source.most)
        return fail(u, EFBIG, "the tar is larger than %lld bytes when uncompressed", (long long)u->source.most);
    const char *why = str_or(archive_error_string(from), "unexpected end of file");
    if (u->name[0])
        return fail(u, EINVAL, "corrupt tar after entry %lld (%s): %s", (long long)u->report->entries, u->name, why);
    return fail(u, EINVAL, "corrupt tar: %s", why);
}

static void look_ahead(struct source *source, const void *block, size_t len)
{
    if (!source->split)
        return;
    buf_consume(&source->ahead, source->taken);
    source->taken = 0;
    buf_add(&source->ahead, block, len);
}

/* The tar up to `position` goes into its split, or is left out as the contents of a file. */
static void split_until(struct source *source, int64_t position, bool keep)
{
    int64_t left = (int64_t)(source->ahead.len - source->taken);
    int64_t count = position - source->at < left ? position - source->at : left;
    if (!source->split || count <= 0)
        return;
    if (keep)
        tar_split_raw(source->split, source->ahead.data + source->taken, (size_t)count);
    source->taken += (size_t)count;
    source->at += count;
}

/* archive_read_callback of the second reader: the next block of the first, hashed. */
static ssize_t next_block(struct archive *tar, void *data, const void **block)
{
    struct source *source = data;
    size_t len = 0;
    la_int64_t offset;
    int r;
    do
        r = archive_read_data_block(source->plain, block, &len, &offset);
    while (r == ARCHIVE_OK && len == 0);
    if (r == ARCHIVE_EOF)
        return 0;
    if (r != ARCHIVE_OK) {
        source->broken = true;
        archive_set_error(tar, EINVAL, "%s", str_or(archive_error_string(source->plain), "cannot decompress"));
        return -1;
    }
    source->seen += (int64_t)len;
    if (source->seen > source->most) {
        archive_set_error(tar, EFBIG, "too large");
        return -1;
    }
    sha256_update(&source->hash, len, *block);
    look_ahead(source, *block, len);
    return (ssize_t)len;
}

static bool open_source(struct unpacker *u, int fd)
{
    struct archive_entry *whole;
    u->source.plain = archive_read_new();
    archive_read_support_filter_all(u->source.plain);
    archive_read_support_format_raw(u->source.plain);
    archive_read_support_format_empty(u->source.plain);
    sha256_init(&u->source.hash);
    u->source.most = u->limits->bytes;
    if (archive_read_open_fd(u->source.plain, fd, READ_BLOCK) != ARCHIVE_OK) {
        u->source.broken = true;
        return fail_reading(u);
    }
    int r = archive_read_next_header(u->source.plain, &whole);
    if (r == ARCHIVE_EOF)
        return fail(u, EINVAL, "corrupt tar: the file is empty");
    if (r != ARCHIVE_OK) {
        u->source.broken = true;
        return fail_reading(u);
    }
    u->tar = archive_read_new();
    archive_read_support_format_tar(u->tar);
    if (archive_read_open(u->tar, &u->source, NULL, next_block, NULL) != ARCHIVE_OK)
        return fail_reading(u);
    return true;
}

static bool has_dotdot(const char *path)
{
    for (const char *p = path; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (p[0] == '.' && p[1] == '.' && (!p[2] || p[2] == '/'))
            return true;
    }
    return false;
}

/* The disk writer would refuse these too; here the reason is told apart and names the entry. */
static bool check_path(struct unpacker *u, const char *what, const char *path)
{
    if (!path || !*path)
        return fail(u, EINVAL, "entry %lld has no usable %s", (long long)u->report->entries, what);
    if (*path == '/')
        return fail(u, EINVAL, "refused entry %s: its %s is absolute", u->name, what);
    if (has_dotdot(path))
        return fail(u, EINVAL, "refused entry %s: its %s leads out by \"..\"", u->name, what);
    return true;
}

/* Attributes of the overlay file system steer how layers are put together; an image may not bring its own. */
static void drop_foreign_attributes(struct archive_entry *entry)
{
    struct {
        char *name;
        void *value;
        size_t size;
    } kept[64];
    size_t count = 0;
    const char *name;
    const void *value;
    size_t size;
    archive_entry_xattr_reset(entry);
    while (count < ARRAY_LEN(kept) && archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
        bool wanted = str_equal(name, "security.capability") || (str_starts(name, "user.") && !str_starts(name, "user.overlay."));
        if (!wanted)
            continue;
        kept[count].name = xstrdup(name);
        kept[count].value = memcpy(xmalloc(size + 1), value, size);
        kept[count++].size = size;
    }
    archive_entry_xattr_clear(entry);
    for (size_t i = 0; i < count; i++) {
        archive_entry_xattr_add_entry(entry, kept[i].name, kept[i].value, kept[i].size);
        free(kept[i].name);
        free(kept[i].value);
    }
}

/* "dir/.wh.name" to "dir/name", the character device 0:0 by which an overlay knows a deleted name. */
static bool make_whiteout(struct unpacker *u, struct archive_entry *entry, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (!u->limits->whiteouts || !str_starts(name, ".wh."))
        return true;
    const char *deleted = name + strlen(".wh.");
    if (!*deleted || str_equal(deleted, ".") || str_equal(deleted, "..") || str_starts(deleted, ".wh."))
        return fail(u, EINVAL, "refused entry %s: no such whiteout can be kept", u->name);
    cleanup_free char *real = str_format("%.*s%s", (int)(name - path), path, deleted);
    archive_entry_copy_pathname(entry, real);
    archive_entry_set_hardlink(entry, NULL);
    archive_entry_set_filetype(entry, AE_IFCHR);
    archive_entry_set_perm(entry, 0);
    archive_entry_set_rdev(entry, 0);
    archive_entry_set_size(entry, 0);
    return true;
}

static bool prepare(struct unpacker *u, struct archive_entry *entry)
{
    const char *path = archive_entry_pathname(entry);
    snprintf(u->name, sizeof u->name, "%.*s", NAME_SHOWN, str_or(path, "?"));
    for (char *p = u->name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    if (u->report->entries > u->limits->entries)
        return fail(u, EFBIG, "the tar has more than %lld entries", (long long)u->limits->entries);
    if (!check_path(u, "name", path))
        return false;
    const char *link = archive_entry_hardlink(entry);
    if (link && !check_path(u, "hard link target", link))
        return false;
    /* A hard link's own data could only overwrite its target, which may be a device by now. */
    if (link)
        archive_entry_unset_size(entry);
    else if (archive_entry_filetype(entry) == AE_IFREG)
        u->report->size += archive_entry_size(entry);
    if (u->report->size > u->limits->bytes)
        return fail(u, EFBIG, "the files in the tar take more than %lld bytes", (long long)u->limits->bytes);
    if (archive_entry_xattr_count(entry) > 0)
        drop_foreign_attributes(entry);
    return make_whiteout(u, entry, path);
}

static bool fail_writing(struct unpacker *u)
{
    int code = archive_errno(u->disk);
    const char *why = str_or(archive_error_string(u->disk), "cannot write");
    if (code <= 0) /* refused by the disk writer itself, not by the kernel */
        return fail(u, EINVAL, "unpack entry %s: %s", u->name, why);
    return fail(u, code, "unpack entry %s: %s: %s", u->name, why, strerror(code));
}

/* The holes of a sparse file are not in the tar, so its contents there are not those of the file and stay in the split. */
static bool copy_data(struct unpacker *u, bool whole, uint64_t *crc)
{
    const void *block;
    size_t len;
    la_int64_t offset;
    int64_t begin = archive_filter_bytes(u->tar, 0);
    split_until(&u->source, begin, true);
    for (;;) {
        int r = archive_read_data_block(u->tar, &block, &len, &offset);
        if (r == ARCHIVE_EOF)
            return true;
        if (r != ARCHIVE_OK)
            return fail_reading(u);
        if (archive_write_data_block(u->disk, block, len, offset) < ARCHIVE_OK)
            return fail_writing(u);
        if (!whole || !u->source.split)
            continue;
        *crc = tar_crc(*crc, block, len);
        split_until(&u->source, begin + offset + (int64_t)len, false);
    }
}

static bool write_data(struct unpacker *u, struct archive_entry *entry)
{
    uint64_t crc = 0;
    bool whole = archive_entry_sparse_count(entry) == 0;
    if (archive_entry_hardlink(entry) || archive_entry_size(entry) <= 0)
        return true;
    if (!copy_data(u, whole, &crc))
        return false;
    if (whole && u->source.split) {
        path_set_add(&u->stored, archive_entry_pathname(entry));
        tar_split_file(u->source.split, archive_entry_pathname(entry), archive_entry_size(entry), crc);
    }
    return true;
}

/* A file that a later entry replaces could not be put back into the tar, so such a layer cannot be kept; Docker refuses it, too. */
static bool replaces(struct unpacker *u, struct archive_entry *entry)
{
    return archive_entry_filetype(entry) != AE_IFDIR && path_set_has(&u->stored, archive_entry_pathname(entry));
}

/* A warning of the writer is an attribute or a time that this file system cannot keep; the file itself is there. */
static bool write_entry(struct unpacker *u, struct archive_entry *entry)
{
    if (replaces(u, entry))
        return fail(u, EINVAL, "refused entry %s: duplicates of file paths not supported", u->name);
    if (archive_write_header(u->disk, entry) < ARCHIVE_WARN)
        return fail_writing(u);
    if (!write_data(u, entry))
        return false;
    return archive_write_finish_entry(u->disk) >= ARCHIVE_WARN || fail_writing(u);
}

static bool unpack_entries(struct unpacker *u)
{
    struct archive_entry *entry;
    for (;;) {
        int r = archive_read_next_header(u->tar, &entry);
        if (r == ARCHIVE_EOF)
            break;
        if (r < ARCHIVE_WARN || r == ARCHIVE_RETRY)
            return fail_reading(u);
        u->report->entries++;
        if (!prepare(u, entry) || !write_entry(u, entry))
            return false;
    }
    snprintf(u->name, sizeof u->name, "the end");
    return true;
}

/* The padding after the last entry belongs to the diff ID, and a compressed stream has its checksum at the very end. */
static bool drain(struct unpacker *u)
{
    const void *block;
    ssize_t got;
    do {
        split_until(&u->source, u->source.seen, true);
        got = next_block(u->tar, &u->source, &block);
    } while (got > 0);
    return got == 0 || fail_reading(u);
}

static bool end_split(struct unpacker *u, bool good)
{
    struct error err = ERROR_INIT;
    struct tar_split *split = move_ptr(u->source.split);
    if (!split || tar_split_end(split, &err) == 0 || !good)
        return good;
    return fail(u, err.code, "%s", err.message);
}

static void finish(struct unpacker *u)
{
    unsigned char raw[SHA256_DIGEST_SIZE];
    sha256_digest(&u->source.hash, sizeof raw, raw);
    memcpy(u->report->diff_id, "sha256:", 7);
    str_hex(raw, sizeof raw, u->report->diff_id + 7);
    u->report->tar_bytes = u->source.seen;
}

void unpack_here(int tar, const struct unpack_limits *limits, int split, struct unpack_report *report)
{
    struct unpacker u = {.limits = limits, .report = report};
    *report = (struct unpack_report){0};
    u.source.split = split < 0 ? NULL : tar_split_new(split);
    u.disk = archive_write_disk_new();
    archive_write_disk_set_options(u.disk, ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME |
                                               ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_ACL | ARCHIVE_EXTRACT_SPARSE |
                                               ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                                               ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
    bool good = open_source(&u, tar) && unpack_entries(&u) && drain(&u);
    good = end_split(&u, good);
    /* Closing sets the times and modes of directories, so its failure counts. */
    if (archive_write_close(u.disk) < ARCHIVE_WARN && good)
        good = fail_writing(&u);
    if (good)
        finish(&u);
    archive_write_free(u.disk);
    archive_read_free(u.tar);
    archive_read_free(u.source.plain);
    buf_free(&u.source.ahead);
    path_set_free(&u.stored);
}
