/* libarchive does the writing. A failure on the way is kept: the tar is then not ended, so that nobody takes it for a whole one. */
#include "cli/pack.h"

#include "base/memory.h"
#include "base/strings.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BLOCK = 1 << 18, CAPABILITY_MOST = 64 };
static const char CAPABILITY[] = "security.capability";

struct pack {
    struct archive *tar;
    struct archive_entry_linkresolver *links;
    struct pack_options options;
    int64_t bytes;
    int failure;
    char *block;
    struct error *err;
};

static int failed(struct pack *pack, const char *name)
{
    const char *why = archive_error_string(pack->tar);
    return pack->failure = error_set(pack->err, EPROTO, "%s: %s", name, str_or(why, "cannot write the tar"));
}

struct pack *pack_new(int fd, const struct pack_options *options, struct error *err)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* names are UTF-8, as everybody's tars have them, or else marked as bytes */
    struct pack *pack = xcalloc(1, sizeof *pack);
    *pack = (struct pack){.options = *options, .block = xmalloc(BLOCK), .err = err, .tar = archive_write_new()};
    archive_write_set_format_pax_restricted(pack->tar);
    archive_write_set_format_option(pack->tar, "pax", "xattrheader", "SCHILY"); /* as everybody writes them; once */
    if (options->gzip)
        archive_write_add_filter_gzip(pack->tar);
    archive_write_set_bytes_per_block(pack->tar, BLOCK);
    archive_write_set_bytes_in_last_block(pack->tar, 1);
    pack->links = archive_entry_linkresolver_new();
    archive_entry_linkresolver_set_strategy(pack->links, archive_format(pack->tar));
    if (archive_write_open_fd(pack->tar, fd) != ARCHIVE_OK)
        failed(pack, "open");
    return pack;
}

static int add_data(struct pack *pack, int fd, int64_t size, const char *name)
{
    while (size > 0) {
        ssize_t got = read(fd, pack->block, size < BLOCK ? (size_t)size : BLOCK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pack->failure = error_set(pack->err, EPROTO, "read %s: %s", name, strerror(errno));
        if (got == 0) { /* it has become shorter; the header has promised more */
            got = size < BLOCK ? size : BLOCK;
            memset(pack->block, 0, (size_t)got);
        }
        if (archive_write_data(pack->tar, pack->block, (size_t)got) < 0)
            return failed(pack, name);
        size -= got;
        pack->bytes += got;
    }
    return 0;
}

static struct stat without_person(const struct stat *st)
{
    struct stat out = *st;
    out.st_uid = out.st_gid = 0;
    out.st_mtim.tv_nsec = 0;
    out.st_atim = out.st_ctim = (struct timespec){0};
    return out;
}

static int add_entry(struct pack *pack, struct archive_entry **entry, const char *stored)
{
    struct archive_entry *later = NULL;
    archive_entry_linkify(pack->links, entry, &later);
    return archive_write_header(pack->tar, *entry) < ARCHIVE_WARN ? failed(pack, stored) : 0;
}

int pack_add(struct pack *pack, int at, const char *name, const char *stored, const struct stat *st)
{
    char target[4097], capability[CAPABILITY_MOST];
    bool regular = S_ISREG(st->st_mode);
    cleanup_close int fd = regular ? openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -EBADF;
    if (pack->failure)
        return pack->failure;
    if (regular && fd < 0)
        return pack->failure = error_set(pack->err, EPROTO, "open %s: %s", stored, strerror(errno));
    const struct stat shown = pack->options.anonymous ? without_person(st) : *st;
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_stat(entry, &shown);
    archive_entry_copy_pathname(entry, stored);
    ssize_t len = S_ISLNK(st->st_mode) ? readlinkat(at, name, target, sizeof target - 1) : -1;
    if (len >= 0) {
        target[len] = 0;
        archive_entry_copy_symlink(entry, target);
    }
    if (!regular)
        archive_entry_set_size(entry, 0);
    len = regular && pack->options.capabilities ? fgetxattr(fd, CAPABILITY, capability, sizeof capability) : -1;
    if (len > 0)
        archive_entry_xattr_add_entry(entry, CAPABILITY, capability, (size_t)len);
    int r = add_entry(pack, &entry, stored);
    if (r == 0 && regular && !archive_entry_hardlink(entry))
        r = add_data(pack, fd, archive_entry_size(entry), stored);
    archive_entry_free(entry);
    return r;
}

int pack_text(struct pack *pack, const char *stored, mode_t mode, int64_t seconds, const char *text, size_t len)
{
    if (pack->failure)
        return pack->failure;
    const struct stat st = {.st_mode = S_IFREG | mode, .st_nlink = 1, .st_size = (off_t)len, .st_mtim.tv_sec = seconds};
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_stat(entry, &st);
    archive_entry_copy_pathname(entry, stored);
    int r = add_entry(pack, &entry, stored);
    if (r == 0 && archive_write_data(pack->tar, text, len) < 0)
        r = failed(pack, stored);
    pack->bytes += (int64_t)len;
    archive_entry_free(entry);
    return r;
}

int pack_end(struct pack *pack, int64_t *bytes)
{
    int r = pack->failure;
    if (r < 0)
        archive_write_fail(pack->tar);
    if (archive_write_close(pack->tar) < ARCHIVE_WARN && r == 0)
        r = failed(pack, "end of the tar");
    if (bytes)
        *bytes = pack->bytes;
    archive_entry_linkresolver_free(pack->links);
    archive_write_free(pack->tar);
    free(pack->block);
    free(pack);
    return r;
}

/* A stream that libarchive only compresses; it knows no other way to its filters. */
static struct archive *gzip_stream(int out)
{
    struct archive *stream = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    const struct stat st = {.st_mode = S_IFREG | 0600, .st_nlink = 1};
    archive_write_set_format_raw(stream);
    archive_write_add_filter_gzip(stream);
    archive_write_set_bytes_in_last_block(stream, 1);
    archive_entry_copy_stat(entry, &st);
    archive_entry_copy_pathname(entry, "context");
    bool good = archive_write_open_fd(stream, out) == ARCHIVE_OK && archive_write_header(stream, entry) == ARCHIVE_OK;
    archive_entry_free(entry);
    if (good)
        return stream;
    archive_write_free(stream);
    return NULL;
}

int pack_gzip(const char *head, size_t len, int fd, int out, struct error *err)
{
    struct archive *stream = gzip_stream(out);
    cleanup_free char *block = xmalloc(BLOCK);
    bool good = stream && archive_write_data(stream, head, len) >= 0;
    for (ssize_t got = 1; good && got != 0;) {
        got = read(fd, block, BLOCK);
        if (got < 0 ? errno != EINTR : got > 0 && archive_write_data(stream, block, (size_t)got) < 0)
            good = false;
    }
    if (stream && !good)
        archive_write_fail(stream);
    if (stream && archive_write_close(stream) != ARCHIVE_OK)
        good = false;
    if (stream)
        archive_write_free(stream);
    return good ? 0 : error_set(err, EPROTO, "compress the build context: it cannot be read, or not be sent");
}
