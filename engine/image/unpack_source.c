/* A ring of blocks between two threads; see unpack_source.h. */
#include "image/unpack_source.h"

#include "image/gunzip.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <nettle/sha2.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024, BLOCKS = 8, MAGIC_MOST = 8 };

struct unpack_source {
    struct unpack_input in;
    int64_t taken; /* of a part */
    int stop;      /* an eventfd that says that nobody wants more */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct {
        char *data;
        size_t len;
    } ring[BLOCKS];
    size_t filled, emptied; /* counts of blocks */
    bool holding;           /* the block that would be emptied next is being read */
    bool ended, stopping, threaded;
    char problem[256];
    bool too_large;
    int64_t most, read, seen;
    struct sha256_ctx hash;
    char first[MAGIC_MOST]; /* bytes that were looked at and are to be read again */
    size_t first_len, first_given;
    char *compressed; /* a block of input, for libarchive */
};

/* What is a part of a file is there at once, and others move the file's own offset. */
static ssize_t read_part(struct unpack_source *source, void *out, size_t room)
{
    struct pollfd stop = {.fd = source->in.stop, .events = POLLIN};
    int64_t left = source->in.length - source->taken;
    if (stop.fd >= 0 && poll(&stop, 1, 0) > 0) {
        errno = ECANCELED;
        return -1;
    }
    ssize_t got = pread(source->in.fd, out, (int64_t)room < left ? room : (size_t)left, source->in.from + source->taken);
    source->taken += got > 0 ? got : 0;
    return got;
}

/* As read(2), but it ends when the reading is given up. */
static ssize_t read_some(struct unpack_source *source, void *out, size_t room)
{
    struct pollfd wait[] = {{source->in.fd, POLLIN, 0}, {source->stop, POLLIN, 0}};
    for (;;) {
        if (!source->in.part && poll(wait, ARRAY_LEN(wait), -1) < 0 && errno != EINTR)
            return -1;
        if (wait[1].revents) {
            errno = ECANCELED;
            return -1;
        }
        ssize_t got = source->in.part ? read_part(source, out, room) : read(source->in.fd, out, room);
        if (got >= 0 || errno != EINTR)
            return got;
    }
}

static void end_with(struct unpack_source *source, const char *problem)
{
    pthread_mutex_lock(&source->lock);
    snprintf(source->problem, sizeof source->problem, "%s", problem);
    source->ended = true;
    pthread_cond_broadcast(&source->changed);
    pthread_mutex_unlock(&source->lock);
}

/* A block to fill; NULL when nobody wants more. */
static char *free_block(struct unpack_source *source)
{
    pthread_mutex_lock(&source->lock);
    while (!source->stopping && source->filled - source->emptied == BLOCKS)
        pthread_cond_wait(&source->changed, &source->lock);
    bool stopping = source->stopping;
    char **data = &source->ring[source->filled % BLOCKS].data;
    pthread_mutex_unlock(&source->lock);
    if (!*data)
        *data = xmalloc(BLOCK);
    return stopping ? NULL : *data;
}

static void give_block(struct unpack_source *source, size_t len)
{
    pthread_mutex_lock(&source->lock);
    source->ring[source->filled % BLOCKS].len = len;
    source->filled++;
    pthread_cond_broadcast(&source->changed);
    pthread_mutex_unlock(&source->lock);
}

/* The block is given on before it is hashed: neither thread changes it, and it is not filled anew before this one has returned. */
static bool pass_on(struct unpack_source *source, const char *block, size_t len)
{
    source->read += (int64_t)len;
    if (source->read > source->most) {
        source->too_large = true;
        end_with(source, "too large");
        return false;
    }
    give_block(source, len);
    if (!source->in.undigested)
        sha256_update(&source->hash, len, (const uint8_t *)block);
    return true;
}

/* As much as there is room for, or input, so that few blocks change hands. */
static ssize_t fill(void *data, char *out, size_t room)
{
    struct unpack_source *source = data;
    size_t len = source->first_len - source->first_given;
    memcpy(out, source->first + source->first_given, len);
    source->first_given = source->first_len;
    while (len < room) {
        ssize_t got = read_some(source, out + len, room - len);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

/* False after the last one. */
static bool read_block(struct unpack_source *source)
{
    char *block = free_block(source);
    ssize_t len = block ? fill(source, block, BLOCK) : -1;
    if (block && len < 0)
        end_with(source, strerror(errno));
    if (len < 0 || (len > 0 && !pass_on(source, block, (size_t)len)))
        return false;
    if (len < BLOCK)
        end_with(source, "");
    return len == BLOCK;
}

static void read_plain(struct unpack_source *source)
{
    while (read_block(source))
        ;
}

static ssize_t read_compressed(struct archive *archive, void *data, const void **block)
{
    struct unpack_source *source = data;
    ssize_t len = fill(source, source->compressed, BLOCK);
    if (len < 0)
        archive_set_error(archive, errno, "%s", strerror(errno));
    *block = source->compressed;
    return len;
}

static struct archive *open_compressed(struct unpack_source *source)
{
    struct archive_entry *whole;
    struct archive *plain = archive_read_new();
    archive_read_support_filter_bzip2(plain);
    archive_read_support_filter_xz(plain);
    archive_read_support_filter_zstd(plain);
    archive_read_support_format_raw(plain);
    archive_read_support_format_empty(plain);
    source->compressed = xmalloc(BLOCK);
    if (archive_read_open(plain, source, NULL, read_compressed, NULL) == ARCHIVE_OK &&
        archive_read_next_header(plain, &whole) == ARCHIVE_OK)
        return plain;
    end_with(source, str_or(archive_error_string(plain), "the file is empty"));
    archive_read_free(plain);
    return NULL;
}

static void decompress(struct unpack_source *source)
{
    struct archive *plain = open_compressed(source);
    char *block;
    while (plain && (block = free_block(source))) {
        ssize_t len = archive_read_data(plain, block, BLOCK);
        if (len <= 0)
            end_with(source, len < 0 ? str_or(archive_error_string(plain), "cannot decompress") : "");
        if (len <= 0 || !pass_on(source, block, (size_t)len))
            break;
    }
    archive_read_free(plain);
}

/* The most common one, and so by the quickest library. */
static void decompress_gzip(struct unpack_source *source)
{
    struct gunzip *gunzip = gunzip_new(fill, source);
    char *block;
    while ((block = free_block(source))) {
        ssize_t len = gunzip_read(gunzip, block, BLOCK);
        if (len <= 0)
            end_with(source, len < 0 ? gunzip_problem(gunzip) : "");
        if (len <= 0 || !pass_on(source, block, (size_t)len))
            break;
    }
    gunzip_free(gunzip);
}

static bool is_gzip(const char *bytes, size_t len) { return len >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0; }

static bool is_compressed(const char *bytes, size_t len)
{
    static const struct {
        const char *magic;
        size_t len;
    } known[] = {{"BZh", 3}, {"\xfd\x37zXZ", 5}, {"\x28\xb5\x2f\xfd", 4}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (len >= known[i].len && memcmp(bytes, known[i].magic, known[i].len) == 0)
            return true;
    /* A zstd stream may begin with a skippable frame. */
    return len >= 4 && (bytes[0] & 0xf0) == 0x50 && memcmp(bytes + 1, "\x2a\x4d\x18", 3) == 0;
}

static void *work(void *data)
{
    struct unpack_source *source = data;
    if (is_gzip(source->first, source->first_len))
        decompress_gzip(source);
    else if (is_compressed(source->first, source->first_len))
        decompress(source);
    else
        read_plain(source);
    return NULL;
}

/* What a small tar is made of, a context or the layer of a short step, is read at once, and no thread is made for it: true when
 * there is more. */
static bool begin(struct unpack_source *source)
{
    while (source->first_len < MAGIC_MOST) {
        ssize_t got = read_some(source, source->first + source->first_len, MAGIC_MOST - source->first_len);
        if (got < 0) {
            end_with(source, strerror(errno));
            return false;
        }
        if (got == 0)
            break;
        source->first_len += (size_t)got;
    }
    if (!source->first_len)
        end_with(source, "the file is empty");
    if (!source->first_len || is_gzip(source->first, source->first_len) || is_compressed(source->first, source->first_len))
        return source->first_len > 0;
    return read_block(source);
}

struct unpack_source *unpack_source_open(const struct unpack_input *input, int64_t most)
{
    struct unpack_source *source = xcalloc(1, sizeof *source);
    source->in = *input;
    source->stop = eventfd(0, EFD_CLOEXEC);
    source->most = most;
    sha256_init(&source->hash);
    pthread_mutex_init(&source->lock, NULL);
    pthread_cond_init(&source->changed, NULL);
    if (!begin(source))
        return source;
    source->threaded = pthread_create(&source->thread, NULL, work, source) == 0;
    if (source->threaded)
        return source;
    unpack_source_close(source);
    return NULL;
}

ssize_t unpack_source_next(struct unpack_source *source, const void **block)
{
    ssize_t len = 0;
    pthread_mutex_lock(&source->lock);
    source->emptied += source->holding;
    pthread_cond_broadcast(&source->changed);
    while (!source->ended && source->filled == source->emptied)
        pthread_cond_wait(&source->changed, &source->lock);
    source->holding = source->filled > source->emptied;
    if (source->holding) {
        *block = source->ring[source->emptied % BLOCKS].data;
        len = (ssize_t)source->ring[source->emptied % BLOCKS].len;
        source->seen += len;
    }
    bool failed = !source->holding && source->problem[0];
    pthread_mutex_unlock(&source->lock);
    return failed ? -1 : len;
}

const char *unpack_source_problem(const struct unpack_source *source) { return source->problem[0] ? source->problem : NULL; }
bool unpack_source_too_large(const struct unpack_source *source) { return source->too_large; }
int64_t unpack_source_seen(const struct unpack_source *source) { return source->seen; }

void unpack_source_digest(struct unpack_source *source, char out[DIGEST_TEXT])
{
    unsigned char raw[SHA256_DIGEST_SIZE];
    sha256_digest(&source->hash, sizeof raw, raw);
    memcpy(out, "sha256:", 7);
    str_hex(raw, sizeof raw, out + 7);
}

void unpack_source_close(struct unpack_source *source)
{
    if (!source)
        return;
    pthread_mutex_lock(&source->lock);
    source->stopping = true;
    pthread_cond_broadcast(&source->changed);
    pthread_mutex_unlock(&source->lock);
    if (source->threaded) {
        eventfd_write(source->stop, 1);
        pthread_join(source->thread, NULL);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        free(source->ring[i].data);
    free(source->compressed);
    fd_close(source->stop);
    pthread_cond_destroy(&source->changed);
    pthread_mutex_destroy(&source->lock);
    free(source);
}
