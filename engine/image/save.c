/* image_save: see saved.h for the form. All that is small is made first; then a thread writes one file after the other into a pipe,
 * and layers go from pipe to pipe by splice(2). */
#include "image/save.h"
#include "image/layer.h"
#include "image/saved.h"
#include "image/store.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIPE_ROOM = 1 << 20, STACK = 128 * 1024, BLOCK = 512 };

struct saver {
    struct image_store *store;
    struct saved_images images;
    pthread_t thread;
    int out;
    int result;
    struct error err;
};

static void put_octal(char *field, size_t room, int64_t value)
{
    for (size_t i = room - 1; i-- > 0; value >>= 3)
        field[i] = (char)('0' + (value & 7));
    field[room - 1] = 0;
}

/* A ustar header (POSIX.1, pax); a size beyond 8 GiB is binary, as GNU tar has it. */
static void make_header(char header[BLOCK], const char *name, char type, int64_t size, int64_t mtime)
{
    unsigned sum = 0;
    memset(header, 0, BLOCK);
    memcpy(header, name, strlen(name));
    put_octal(header + 100, 8, type == '5' ? 0755 : 0644);
    put_octal(header + 108, 8, 0);
    put_octal(header + 116, 8, 0);
    put_octal(header + 124, 12, size);
    if (size >> 33) {
        header[124] = (char)0x80;
        for (int i = 11; i > 0; i--, size >>= 8)
            header[124 + i] = (char)(size & 0xff);
    }
    put_octal(header + 136, 12, mtime > 0 ? mtime : 0);
    header[156] = type;
    memcpy(header + 257, "ustar\00000", 8);
    memset(header + 148, ' ', 8);
    for (int i = 0; i < BLOCK; i++)
        sum += (unsigned char)header[i];
    put_octal(header + 148, 7, sum);
}

static int put(struct saver *saver, const void *bytes, size_t len)
{
    int r = write_full(saver->out, bytes, len);
    return r < 0 ? error_errno(&saver->err, -r, "write the archive") : 0;
}

static int put_header(struct saver *saver, const char *name, char type, int64_t size, int64_t mtime)
{
    char header[BLOCK];
    make_header(header, name, type, size, mtime);
    return put(saver, header, sizeof header);
}

static int put_padding(struct saver *saver, int64_t size)
{
    static const char zeros[BLOCK];
    return size % BLOCK ? put(saver, zeros, (size_t)(BLOCK - size % BLOCK)) : 0;
}

static int put_file(struct saver *saver, const struct saved_file *file)
{
    int r = put_header(saver, file->name, file->text ? '0' : '5', (int64_t)file->len, file->mtime);
    if (r == 0 && file->text)
        r = put(saver, file->text, file->len);
    return r < 0 ? r : put_padding(saver, (int64_t)file->len);
}

/* The size stands in front already, so a tar that has another one is an error, and no end. */
static int pour(struct saver *saver, int tar, int64_t size)
{
    char more;
    while (size > 0) {
        ssize_t moved = splice(tar, NULL, saver->out, NULL, size < PIPE_ROOM ? (size_t)size : PIPE_ROOM, SPLICE_F_MOVE);
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved < 0)
            return error_errno(&saver->err, errno, "write the archive");
        if (moved == 0)
            return error_set(&saver->err, EIO, "its tar is shorter than it was");
        size -= moved;
    }
    return read_full(tar, &more, 1) == 0 ? 0 : error_set(&saver->err, EIO, "its tar is longer than it was");
}

static int put_layer(struct saver *saver, const struct saved_layer *layer)
{
    struct layer_tar tar;
    struct error why = ERROR_INIT;
    cleanup_free char *name = str_format("blobs/sha256/%s", layer->layer->diff + strlen("sha256:"));
    int r = put_header(saver, name, '0', layer->layer->tar_size, layer->mtime);
    if (r == 0)
        r = layer_tar_open(saver->store, layer->layer->chain, &tar, &saver->err);
    if (r < 0)
        return r;
    r = pour(saver, tar.fd, layer->layer->tar_size);
    /* The writer knows better than the reader why it ended early. */
    if (layer_tar_close(&tar, &why) < 0 && why.code != EPIPE)
        r = error_set(&saver->err, why.code, "%s", why.message);
    return r < 0 ? r : put_padding(saver, layer->layer->tar_size);
}

static int put_all(struct saver *saver)
{
    static const char end[2 * BLOCK];
    const struct saved_images *images = &saver->images;
    int r = 0;
    for (size_t i = 0; r == 0 && i < images->file_count; i++)
        r = put_file(saver, &images->files[i]);
    for (size_t i = 0; r == 0 && i < images->layer_count; i++)
        r = put_layer(saver, &images->layers[i]);
    return r < 0 ? r : put(saver, end, sizeof end);
}

static void *save(void *data)
{
    struct saver *saver = data;
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL); /* a reader that leaves early is no reason to end the program */
    saver->result = put_all(saver);
    saver->out = fd_close(saver->out);
    return NULL;
}

static int64_t padded(int64_t size) { return (size + BLOCK - 1) / BLOCK * BLOCK; }

static int64_t size_of(const struct saved_images *images)
{
    int64_t size = 2 * BLOCK;
    for (size_t i = 0; i < images->file_count; i++)
        size += BLOCK + padded((int64_t)images->files[i].len);
    for (size_t i = 0; i < images->layer_count; i++)
        size += BLOCK + padded(images->layers[i].layer->tar_size);
    return size;
}

static int start(struct saver *saver, struct image_saving *out, struct error *err)
{
    int ends[2];
    pthread_attr_t attributes;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_ROOM);
    saver->out = ends[1];
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    int r = pthread_create(&saver->thread, &attributes, save, saver);
    pthread_attr_destroy(&attributes);
    if (r != 0) {
        fd_close(ends[0]);
        fd_close(ends[1]);
        return error_errno(err, r, "start a thread");
    }
    *out = (struct image_saving){.fd = ends[0], .size = size_of(&saver->images), .private = saver};
    return 0;
}

int image_save_open(struct image_store *store, char *const *names, struct image_saving *out, json_t **saved, struct error *err)
{
    struct error own = ERROR_INIT;
    struct saver *saver = xcalloc(1, sizeof *saver);
    err = err ? err : &own;
    saver->store = store;
    int r = saved_images_collect(store, names, &saver->images, err);
    if (r == 0)
        r = start(saver, out, err);
    if (r < 0) {
        saved_images_clear(store, &saver->images);
        free(saver);
        return r;
    }
    if (saved) {
        *saved = json_array();
        for (size_t i = 0; i < saver->images.count; i++)
            json_array_append_new(*saved, json_string(saver->images.images[i].id));
    }
    return 0;
}

int image_save_close(struct image_saving *saving, struct error *err)
{
    struct saver *saver = move_ptr(saving->private);
    saving->fd = fd_close(saving->fd);
    if (!saver)
        return 0;
    pthread_join(saver->thread, NULL);
    int r = saver->result < 0 ? error_set(err, saver->err.code, "%s", saver->err.message) : 0;
    saved_images_clear(saver->store, &saver->images);
    free(saver);
    return r;
}
