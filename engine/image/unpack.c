/* From a tar to files: the bytes come from a thread that decompresses and hashes them (unpack_source.c), libarchive takes the tar
 * apart, and unpack_disk.c makes the files. What is not the contents of files goes into the tar-split on the way. Knows nothing of
 * processes: see unpack_process.c. */
#include "image/unpack.h"

#include "image/path_set.h"
#include "image/tar_split.h"
#include "image/unpack_disk.h"
#include "image/unpack_source.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME_SHOWN = 120, TAIL_MOST = 1 << 20 };

struct unpacker {
    struct unpack_source *source;
    struct archive *tar;
    struct disk *disk;
    const struct unpack_limits *limits;
    struct unpack_report *report;
    char name[NAME_SHOWN + 8]; /* of the entry at hand, for messages */
    struct path_set stored;    /* files whose contents the split leaves out */
    struct tar_split *split;   /* NULL: nobody wants one */
    struct buf tail;           /* of the blocks before the one at hand: what is neither in the split yet nor left out */
    const char *block;         /* the one at hand, which begins at `block_at` */
    size_t block_len;
    int64_t block_at, at; /* the tar up to `at` is in the split or left out */
    int64_t left_out;     /* the contents that are being read go until here */
    int64_t contents_end; /* of the last file */
    bool ended;           /* there are no more bytes */
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
    const char *problem = u->source ? unpack_source_problem(u->source) : "no thread can be started";
    if (u->source && unpack_source_too_large(u->source))
        return fail(u, EFBIG, "the tar is larger than %lld bytes when uncompressed", (long long)u->limits->bytes);
    const char *why = problem ? problem : str_or(u->tar ? archive_error_string(u->tar) : NULL, "unexpected end of file");
    if (u->name[0])
        return fail(u, EINVAL, "corrupt tar after entry %lld (%s): %s", (long long)u->report->entries, u->name, why);
    return fail(u, EINVAL, "corrupt tar: %s", why);
}

static bool fail_entry(struct unpacker *u, const struct error *err)
{
    if (err->code == EINVAL)
        return fail(u, EINVAL, "refused entry %s: %s", u->name, err->message);
    return fail(u, err->code, "unpack entry %s: %s", u->name, err->message);
}

/* --- the split */

/* The tar up to `position` goes into its split, or is left out as the contents of a file. */
static void split_until(struct unpacker *u, int64_t position, bool keep)
{
    if (!u->split || position <= u->at)
        return;
    size_t from_tail = (int64_t)u->tail.len < position - u->at ? u->tail.len : (size_t)(position - u->at);
    if (keep)
        tar_split_raw(u->split, u->tail.data, from_tail);
    buf_consume(&u->tail, from_tail);
    u->at += (int64_t)from_tail;
    if (keep && position > u->at)
        tar_split_raw(u->split, u->block + (u->at - u->block_at), (size_t)(position - u->at));
    u->at = position;
}

/* Before the block at hand goes: what nobody has decided about yet is kept, what belongs to contents is not. */
static void save_tail(struct unpacker *u)
{
    int64_t end = u->block_at + (int64_t)u->block_len;
    if (!u->split)
        return;
    if (u->at < u->left_out)
        split_until(u, end < u->left_out ? end : u->left_out, false);
    int64_t from = u->at > u->block_at ? u->at : u->block_at;
    if (from < end)
        buf_add(&u->tail, u->block + (from - u->block_at), (size_t)(end - from));
    if (u->tail.len > TAIL_MOST) /* what an entry brings that is passed over */
        split_until(u, end, true);
}

/* archive_read_callback: the next block. */
static ssize_t next_block(struct archive *tar, void *data, const void **block)
{
    struct unpacker *u = data;
    save_tail(u);
    u->block_at += (int64_t)u->block_len;
    u->block_len = 0;
    ssize_t len = unpack_source_next(u->source, block);
    if (len < 0)
        archive_set_error(tar, EINVAL, "%s", str_or(unpack_source_problem(u->source), "cannot read"));
    u->ended = len == 0;
    if (len > 0) {
        u->block = *block;
        u->block_len = (size_t)len;
    }
    return len;
}

/* --- entries */

static bool has_dotdot(const char *path)
{
    for (const char *p = path; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (p[0] == '.' && p[1] == '.' && (!p[2] || p[2] == '/'))
            return true;
    }
    return false;
}

static bool check_path(struct unpacker *u, const char *what, const char *path)
{
    if (!path || !*path)
        return fail(u, EINVAL, "entry %lld has no usable %s", (long long)u->report->entries, what);
    if (*path == '/' && !u->limits->whiteouts)
        return fail(u, EINVAL, "refused entry %s: its %s is absolute", u->name, what);
    if (has_dotdot(path))
        return fail(u, EINVAL, "refused entry %s: its %s leads out by \"..\"", u->name, what);
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
    int64_t size = 0;
    /* A hard link's own data could only overwrite its target, which may be a device by now. */
    if (link)
        archive_entry_unset_size(entry);
    else if (archive_entry_filetype(entry) == AE_IFREG)
        size = archive_entry_size(entry);
    else if (archive_entry_filetype(entry) == AE_IFLNK) /* as du and Docker count: a link is as large as its target is long */
        size = (int64_t)strlen(str_or(archive_entry_symlink(entry), ""));
    if (size > u->limits->bytes - u->report->size)
        return fail(u, EFBIG, "the files in the tar take more than %lld bytes", (long long)u->limits->bytes);
    u->report->size += size;
    return true;
}

/* Docker's own client ends some tars with the contents of the last file and does not fill up their block; Go's reader lets that
 * pass. */
static bool only_padding_is_missing(const struct unpacker *u)
{
    int64_t seen = unpack_source_seen(u->source), end = u->contents_end;
    return u->limits->unpadded && u->ended && end > 0 && seen >= end && seen < (end + 511) / 512 * 512;
}

/* The holes of a sparse file are not in the tar, so its contents there are not those of the file and stay in the split. */
static bool copy_data(struct unpacker *u, struct archive_entry *entry, int fd, bool whole, uint64_t *crc)
{
    struct error err = ERROR_INIT;
    const void *block;
    size_t len;
    la_int64_t offset, size = archive_entry_size(entry);
    int64_t begin = archive_filter_bytes(u->tar, 0);
    split_until(u, begin, true);
    u->left_out = u->contents_end = whole ? begin + size : 0;
    for (;;) {
        int r = archive_read_data_block(u->tar, &block, &len, &offset);
        if (r == ARCHIVE_EOF || (r == ARCHIVE_FATAL && only_padding_is_missing(u)))
            break;
        if (r != ARCHIVE_OK)
            return fail_reading(u);
        if (fd >= 0 && disk_write(fd, block, len, offset, size, &err) < 0)
            return fail_entry(u, &err);
        if (whole && u->split)
            *crc = tar_crc(*crc, block, len);
    }
    if (whole)
        split_until(u, begin + size, false);
    return true;
}

static bool write_data(struct unpacker *u, struct archive_entry *entry, const char *path, int fd)
{
    uint64_t crc = 0;
    bool whole = archive_entry_sparse_count(entry) == 0;
    if (archive_entry_size(entry) <= 0)
        return true;
    if (!copy_data(u, entry, fd, whole, &crc))
        return false;
    if (whole && u->split) {
        path_set_add(&u->stored, path);
        tar_split_file(u->split, archive_entry_pathname(entry), archive_entry_size(entry), crc);
    }
    return true;
}

static bool write_entry(struct unpacker *u, struct archive_entry *entry, const char *path)
{
    struct error err = ERROR_INIT;
    int fd;
    /* A file that a later entry replaces could not be put back into the tar, so such a layer cannot be kept; Docker refuses it,
     * too. */
    if (path_set_has(&u->stored, path))
        return fail(u, EINVAL, "refused entry %s: duplicates of file paths not supported", u->name);
    if (u->limits->measure)
        return archive_entry_hardlink(entry) || archive_entry_filetype(entry) != AE_IFREG || write_data(u, entry, path, -EBADF);
    if (disk_make(u->disk, path, entry, &fd, &err) < 0)
        return fail_entry(u, &err);
    if (fd < 0)
        return true;
    if (!write_data(u, entry, path, fd)) {
        fd_close(fd);
        return false;
    }
    return disk_finish(entry, fd, &err) == 0 || fail_entry(u, &err);
}

/* "dir/.wh.name" is the mark of a deleted name, "dir/.wh..wh..opq" that of a directory that hides what is below it; other names
 * that begin with ".wh..wh." are what aufs left in old images (OCI image spec, layer). */
static bool write_whiteout(struct unpacker *u, const char *path, const char *name)
{
    static const char opaque[] = ".wh..wh..opq", left[] = ".wh..wh.";
    struct error err = ERROR_INIT;
    const char *deleted = name + strlen(".wh.");
    cleanup_free char *directory = xstrndup(path, name > path ? (size_t)(name - path - 1) : 0);
    if (u->limits->measure)
        return true;
    if (str_equal(name, opaque))
        return disk_opaque(u->disk, directory, &err) == 0 || fail_entry(u, &err);
    if (str_starts(name, left))
        return true;
    if (!*deleted || str_equal(deleted, ".") || str_equal(deleted, "..") || str_starts(deleted, ".wh."))
        return fail(u, EINVAL, "refused entry %s: no such whiteout can be kept", u->name);
    cleanup_free char *real = str_format("%.*s%s", (int)(name - path), path, deleted);
    return disk_whiteout(u->disk, real, &err) == 0 || fail_entry(u, &err);
}

static bool unpack_entry(struct unpacker *u, struct archive_entry *entry)
{
    if (!prepare(u, entry))
        return false;
    cleanup_free char *path = disk_path(archive_entry_pathname(entry));
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (u->limits->whiteouts && str_starts(name, ".wh."))
        return write_whiteout(u, path, name);
    if (u->limits->whiteouts && (str_starts(path, ".wh..wh.") || strstr(path, "/.wh..wh."))) /* in a directory of aufs */
        return true;
    return write_entry(u, entry, path);
}

static bool open_tar(struct unpacker *u, const struct unpack_input *input)
{
    u->source = unpack_source_open(input, u->limits->bytes);
    if (!u->source)
        return fail_reading(u);
    u->tar = archive_read_new();
    archive_read_support_format_tar(u->tar);
    return archive_read_open(u->tar, u, NULL, next_block, NULL) == ARCHIVE_OK || fail_reading(u);
}

static bool unpack_entries(struct unpacker *u)
{
    struct archive_entry *entry;
    for (;;) {
        int r = archive_read_next_header(u->tar, &entry);
        if (r == ARCHIVE_EOF || (r == ARCHIVE_FATAL && only_padding_is_missing(u)))
            break;
        if (r < ARCHIVE_WARN || r == ARCHIVE_RETRY)
            return fail_reading(u);
        u->report->entries++;
        split_until(u, archive_filter_bytes(u->tar, 0), true);
        if (!unpack_entry(u, entry))
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
        split_until(u, u->block_at + (int64_t)u->block_len, true);
        got = next_block(u->tar, u, &block);
    } while (got > 0);
    return got == 0 || fail_reading(u);
}

static bool end_split(struct unpacker *u, bool good)
{
    struct error err = ERROR_INIT;
    struct tar_split *split = move_ptr(u->split);
    if (!split || tar_split_end(split, &err) == 0 || !good)
        return good;
    return fail(u, err.code, "%s", err.message);
}

static bool end_disk(struct unpacker *u, bool good)
{
    struct error err = ERROR_INIT;
    if (disk_end(u->disk, &err) == 0 || !good)
        return good;
    return fail(u, err.code, "%s", err.message);
}

void unpack_here(const struct unpack_input *input, const struct unpack_limits *limits, int split, struct unpack_report *report,
                 struct buf *opaque)
{
    struct unpacker u = {.limits = limits, .report = report};
    cleanup_close int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *report = (struct unpack_report){0};
    u.split = split < 0 ? NULL : tar_split_new(split);
    u.disk = disk_new(root, opaque);
    bool good = open_tar(&u, input) && unpack_entries(&u) && drain(&u);
    good = end_split(&u, good);
    good = end_disk(&u, good);
    if (good) {
        if (!input->undigested)
            unpack_source_digest(u.source, report->diff_id);
        report->tar_bytes = unpack_source_seen(u.source);
    }
    archive_read_free(u.tar);
    unpack_source_close(u.source);
    buf_free(&u.tail);
    path_set_free(&u.stored);
}
