/* A layer's tar put together again from its tar-split and its files. The names in the split came from outside: each is opened below
 * the layer's directory without a link being followed, so the worst that a strange one gives is an error. */
#include "image/layer_tar.h"
#include "image/layer.h"
#include "image/store.h"
#include "image/tar_split.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <nettle/sha2.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024, PIPE_ROOM = 1 << 20, STACK = 128 * 1024 };

/* Everything is gathered in one block first: a layer has thousands of small files, and each piece that is written wakes a reader.
 */
struct sink {
    int (*take)(void *data, const void *bytes, size_t len); /* 0 or -errno */
    void *data;
    char *block;
    size_t len;
};

static int sink_flush(struct sink *sink, struct error *err)
{
    int r = sink->len ? sink->take(sink->data, sink->block, sink->len) : 0;
    sink->len = 0;
    return r < 0 ? error_errno(err, -r, "write the tar of the layer") : 0;
}

static int sink_add(struct sink *sink, const void *bytes, size_t len, struct error *err)
{
    int r = 0;
    for (const char *from = bytes; r == 0 && len > 0;) {
        size_t some = len < BLOCK - sink->len ? len : BLOCK - sink->len;
        memcpy(sink->block + sink->len, from, some);
        sink->len += some;
        from += some;
        len -= some;
        if (sink->len == BLOCK)
            r = sink_flush(sink, err);
    }
    return r;
}

static int open_content(int files, const char *name)
{
    const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
    return (int)syscall(SYS_openat2, files, name + strspn(name, "/"), &how, sizeof how);
}

static int put_content(int files, const struct tar_part *part, struct sink *sink, struct error *err)
{
    uint64_t crc = 0;
    int64_t left = part->size;
    cleanup_close int fd = open_content(files, part->name);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_set(err, is_missing(errno) || errno == EXDEV ? EBADMSG : errno, "file %s of the layer cannot be read: %s",
                         part->name, strerror(errno));
    if (st.st_size > part->size)
        return error_set(err, EBADMSG, "file %s of the layer is longer than it was", part->name);
    while (left > 0) {
        char *room = sink->block + sink->len;
        ssize_t got = read(fd, room, left < (int64_t)(BLOCK - sink->len) ? (size_t)left : BLOCK - sink->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "read file %s of the layer", part->name);
        if (got == 0)
            return error_set(err, EBADMSG, "file %s of the layer is shorter than it was", part->name);
        crc = tar_crc(crc, room, (size_t)got);
        left -= got;
        sink->len += (size_t)got;
        int r = sink->len == BLOCK ? sink_flush(sink, err) : 0;
        if (r < 0)
            return r;
    }
    return crc == part->crc ? 0 : error_set(err, EBADMSG, "file %s of the layer is not what it was", part->name);
}

static int put_parts(struct tar_split_reader *reader, int files, struct sink *sink, struct error *err)
{
    struct tar_part part;
    cleanup_free char *block = sink->block = xmalloc(BLOCK);
    int r;
    while ((r = tar_split_next(reader, &part, err)) > 0) {
        r = part.name ? put_content(files, &part, sink, err) : sink_add(sink, part.raw, (size_t)part.size, err);
        if (r < 0)
            break;
    }
    return r < 0 ? r : sink_flush(sink, err);
}

static int put_tar(int record, int files, struct sink *sink, struct error *err)
{
    struct tar_split_reader *reader = tar_split_open(record, TAR_SPLIT_FILE, err);
    if (!reader)
        return -err->code;
    int r = put_parts(reader, files, sink, err);
    tar_split_close(reader);
    return r;
}

static int take_hash(void *data, const void *bytes, size_t len)
{
    sha256_update(data, len, bytes);
    return 0;
}

int layer_tar_check(int record, int files, const char *diff, struct error *err)
{
    struct sha256_ctx hash;
    unsigned char raw[SHA256_DIGEST_SIZE];
    char digest[DIGEST_TEXT] = "sha256:";
    sha256_init(&hash);
    int r = put_tar(record, files, &(struct sink){.take = take_hash, .data = &hash}, err);
    if (r < 0)
        return r;
    sha256_digest(&hash, sizeof raw, raw);
    str_hex(raw, sizeof raw, digest + strlen(digest));
    return str_equal(digest, diff) ? 0 : error_set(err, EBADMSG, "its tar has the digest %s, and should have %s", digest, diff);
}

struct writer {
    struct image_store *store;
    struct layer *layer; /* pinned */
    pthread_t thread;
    int record, files, out;
    int result;
    struct error err;
};

static int take_pipe(void *data, const void *bytes, size_t len) { return write_full(*(int *)data, bytes, len); }

/* In a thread of its own, which blocks the signal for a pipe that nobody reads any more. */
int layer_tar_write(int record, int files, int out, struct error *err)
{
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL); /* a reader that leaves early is no reason to end the program */
    return put_tar(record, files, &(struct sink){.take = take_pipe, .data = &out}, err);
}

static void *write_tar(void *data)
{
    struct writer *writer = data;
    writer->result = layer_tar_write(writer->record, writer->files, writer->out, &writer->err);
    writer->out = fd_close(writer->out);
    return NULL;
}

static void writer_free(struct writer *writer)
{
    fd_close(writer->record);
    fd_close(writer->files);
    fd_close(writer->out);
    pthread_mutex_lock(&writer->store->lock);
    writer->layer->pins--;
    layers_collect_locked(writer->store, NULL); /* its image may have gone meanwhile */
    store_unlock(writer->store);
    free(writer);
}

static int writer_start(struct writer *writer, int *reading, struct error *err)
{
    int ends[2];
    pthread_attr_t attributes;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    fcntl(ends[0], F_SETPIPE_SZ, PIPE_ROOM);
    writer->out = ends[1];
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    int r = pthread_create(&writer->thread, &attributes, write_tar, writer);
    pthread_attr_destroy(&attributes);
    if (r != 0) {
        close(ends[0]);
        return error_errno(err, r, "start a thread");
    }
    *reading = ends[0];
    return 0;
}

int layer_tar_open(struct image_store *store, const char *chain, struct layer_tar *out, struct error *err)
{
    pthread_mutex_lock(&store->lock);
    struct layer *layer = layer_by_chain_locked(store, chain);
    if (layer)
        layer->pins++;
    pthread_mutex_unlock(&store->lock);
    if (!layer)
        return error_set(err, ENOENT, "No such layer: %s", chain);
    struct writer *writer = xcalloc(1, sizeof *writer);
    *writer = (struct writer){.store = store, .layer = layer, .out = -EBADF};
    writer->record = layer_record_open(store, chain);
    writer->files = layer_files_open(store, layer);
    int r = writer->record < 0 || writer->files < 0 ? error_set(err, EIO, "layer %s: its files or its record are missing", chain)
                                                    : writer_start(writer, &out->fd, err);
    if (r < 0) {
        writer_free(writer);
        return r;
    }
    out->size = layer->tar_bytes;
    out->private = writer;
    return 0;
}

int layer_tar_close(struct layer_tar *tar, struct error *err)
{
    struct writer *writer = tar->private;
    tar->fd = fd_close(tar->fd);
    pthread_join(writer->thread, NULL);
    int r = writer->result < 0 ? error_set(err, writer->err.code, "layer %s: %s", writer->layer->chain, writer->err.message) : 0;
    writer_free(writer);
    return r;
}
