/* A layer that is needed in a second place (an image may have the same layer twice, and two images the same one over different
 * ones) is unpacked once more from the tar that its tar-split gives back. */
#include "image/layer.h"
#include "image/layer_tar.h"
#include "image/store.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct layer *by_diff_locked(struct image_store *store, const char *diff)
{
    for (size_t i = 0; i < store->layer_count; i++)
        if (str_equal(store->layers[i]->diff, diff))
            return store->layers[i];
    return NULL;
}

bool layer_known(struct image_store *store, const char *diff)
{
    pthread_mutex_lock(&store->lock);
    bool known = by_diff_locked(store, diff) != NULL;
    pthread_mutex_unlock(&store->lock);
    return known;
}

int layer_stage_known(struct image_store *store, const char *diff, struct staged **out, struct error *err)
{
    char chain[DIGEST_TEXT];
    struct layer_tar tar;
    struct error why = ERROR_INIT;
    pthread_mutex_lock(&store->lock);
    const struct layer *layer = by_diff_locked(store, diff);
    memcpy(chain, layer ? layer->chain : "", layer ? DIGEST_TEXT : 1);
    pthread_mutex_unlock(&store->lock);
    if (!*chain)
        return error_set(err, ENOENT, "layer %s was here and is gone: load once more", diff);
    int r = layer_tar_open(store, chain, &tar, err);
    if (r < 0)
        return r;
    r = layer_stage(store, tar.fd, out, err);
    /* When both failed the unpacker only saw a tar that breaks off, or else the writer only that nobody reads it any more. */
    if (layer_tar_close(&tar, &why) < 0 && (r == 0 || why.code != EPIPE)) {
        if (r == 0)
            staged_free(store, move_ptr(*out));
        r = error_set(err, why.code, "%s", why.message);
    }
    return r;
}

struct copying {
    int record, files, out;
    int result;
    struct error err;
};

static void *pour(void *data)
{
    struct copying *copying = data;
    copying->result = layer_tar_write(copying->record, copying->files, copying->out, &copying->err);
    copying->out = fd_close(copying->out);
    return NULL;
}

int layer_stage_copy(struct image_store *store, const struct staged *from, struct staged **out, struct error *err)
{
    int ends[2];
    pthread_t thread;
    cleanup_free char *record = path_join(store->overlay, staged_directory(from)), *files = path_join(record, "diff");
    cleanup_close int record_fd = open(record, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_close int files_fd = open(files, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (record_fd < 0 || files_fd < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "copy layer %s", staged_diff_id(from));
    cleanup_close int reading = ends[0];
    struct copying copying = {.record = record_fd, .files = files_fd, .out = ends[1]};
    int r = pthread_create(&thread, NULL, pour, &copying);
    if (r != 0) {
        fd_close(ends[1]);
        return error_errno(err, r, "start a thread");
    }
    r = layer_stage(store, reading, out, err);
    reading = fd_close(reading);
    pthread_join(thread, NULL);
    if (copying.result < 0 && (r == 0 || copying.err.code != EPIPE)) {
        if (r == 0)
            staged_free(store, move_ptr(*out));
        r = error_set(err, copying.err.code, "%s", copying.err.message);
    }
    return r;
}
