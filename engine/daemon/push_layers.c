/* Several threads (max-concurrent-uploads) take one layer after the other, the top one first, as Docker does. */
#include "daemon/push_layers.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/settings.h"
#include "image/registry/gzip.h"
#include "image/registry/known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UPLOADS_MOST = 16, ASKED_MOST = 8, MOUNTS_MOST = 4, TICK_MS = 100, WORKER_STACK = 1024 * 1024, SHORT = 13 };

struct job {
    struct engine *engine;
    const struct push_layers_request *request;
    struct progress progress;
    pthread_mutex_t telling, lock;
    struct descriptor *blobs;
    size_t next; /* locked; how many were taken, from the top */
    bool failed; /* locked */
    struct error err;
};

static bool job_cancelled(void *data)
{
    struct job *job = data;
    return __atomic_load_n(&job->failed, __ATOMIC_RELAXED) || progress_cancelled(job->request->progress);
}

static void job_tell(void *data, json_t *line)
{
    const struct progress *outer = ((struct job *)data)->request->progress;
    if (outer && outer->tell)
        outer->tell(outer->data, line);
    else
        json_decref(line);
}

static void short_id(const struct image_layer *layer, char out[SHORT])
{
    memcpy(out, layer->diff + strlen("sha256:"), SHORT - 1);
    out[SHORT - 1] = '\0';
}

/* A layer on its way out: tar, compressed, counted. */
struct outgoing {
    struct job *job;
    const struct image_layer *layer;
    struct layer_tar tar;
    bool open, ended;
    struct gzip *gzip;
    int64_t read, told_ns;
    char id[SHORT];
};

static ssize_t read_tar(void *data, char *bytes, size_t room, struct error *err)
{
    struct outgoing *out = data;
    if (out->ended)
        return 0;
    if (job_cancelled(out->job))
        return error_set(err, ECANCELED, "context canceled");
    ssize_t got;
    do
        got = read(out->tar.fd, bytes, room);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_errno(err, errno, "read layer %s", out->id);
    out->read += got;
    int64_t now = clock_mono_ns();
    if (got > 0 && now - out->told_ns >= (int64_t)TICK_MS * 1000000) {
        out->told_ns = now;
        progress_count(&out->job->progress, out->id, "Pushing", out->read, out->layer->size);
    }
    if (got == 0) {
        out->ended = true;
        out->open = false;
        int r = layer_tar_close(&out->tar, err);
        if (r < 0)
            return r;
        progress_count(&out->job->progress, out->id, "Pushing", out->read, out->layer->size);
    }
    return got;
}

static ssize_t outgoing_read(void *data, char *bytes, size_t room, struct error *err)
{
    struct outgoing *out = data;
    return gzip_read(out->gzip, bytes, room, read_tar, out, err);
}

static void outgoing_close(struct outgoing *out)
{
    if (out->open)
        layer_tar_close(&out->tar, NULL);
    gzip_free(move_ptr(out->gzip));
    out->open = out->ended = false;
    out->read = 0;
}

static int outgoing_rewind(void *data, struct error *err)
{
    struct outgoing *out = data;
    outgoing_close(out);
    int r = layer_tar_open(out->job->engine->images, out->layer->chain, &out->tar, err);
    out->open = r == 0;
    out->gzip = gzip_new();
    return r;
}

static int send(struct job *job, const struct image_layer *layer, const char *upload, struct descriptor *blob, struct error *err)
{
    struct outgoing out = {.job = job, .layer = layer};
    const struct blob_source source = {outgoing_read, outgoing_rewind, &out};
    short_id(layer, out.id);
    int r = registry_send(job->request->registry, job->request->repository, upload, &source, blob->digest, &blob->size, err);
    outgoing_close(&out);
    if (r == 0)
        progress_state(&job->progress, out.id, "Pushed");
    return r;
}

/* Has the repository one of the blobs that this layer was seen as? A registry that lets nobody look is simply sent to. */
static int find(struct job *job, const json_t *known, struct descriptor *blob, struct error *err)
{
    cleanup_strv char **asked = NULL;
    json_t *entry;
    size_t i;
    json_array_foreach((json_t *)known, i, entry)
    {
        const char *digest = json_str(entry, "Digest", "");
        if (strv_has(asked, digest))
            continue;
        strv_add(&asked, digest);
        int r = strv_len(asked) > ASKED_MOST
                    ? 0
                    : registry_has(job->request->registry, job->request->repository, digest, &blob->size, err);
        if (r > 0)
            memcpy(blob->digest, digest, DIGEST_TEXT);
        if (r != 0)
            return r < 0 && err->code == EACCES ? 0 : r;
    }
    return 0;
}

/* Another repository of the same registry may give it: 1, or 0 and perhaps an upload that was begun instead. */
static int mount(struct job *job, const json_t *known, struct descriptor *blob, char **upload, const char **from, struct error *err)
{
    size_t domain = strcspn(job->request->name, "/") + 1, i;
    int tried = 0;
    json_t *entry;
    json_array_foreach((json_t *)known, i, entry)
    {
        const char *repository = json_str(entry, "SourceRepository", ""), *digest = json_str(entry, "Digest", "");
        if (strncmp(repository, job->request->name, domain) != 0 || str_equal(repository, job->request->name))
            continue;
        if (++tried > MOUNTS_MOST)
            break;
        free(move_ptr(*upload));
        *from = repository + domain;
        int r = registry_mount(job->request->registry, job->request->repository, digest, *from, upload, err);
        if (r > 0 && registry_has(job->request->registry, job->request->repository, digest, &blob->size, err) > 0) {
            memcpy(blob->digest, digest, DIGEST_TEXT);
            return 1;
        }
        if (r < 0 && err->code != EACCES && err->code != ENOENT)
            return r;
    }
    return 0;
}

static int one_layer(struct job *job, const struct image_layer *layer, struct descriptor *blob, struct error *err)
{
    cleanup_json json_t *known = known_blobs(job->engine->data_root, layer->diff);
    cleanup_free char *upload = NULL;
    const char *from = NULL;
    char id[SHORT];
    short_id(layer, id);
    int r = find(job, known, blob, err);
    if (r > 0)
        progress_state(&job->progress, id, "Layer already exists");
    if (r == 0 && (r = mount(job, known, blob, &upload, &from, err)) > 0) {
        cleanup_free char *status = str_format("Mounted from %s", from);
        progress_state(&job->progress, id, status);
    }
    if (r == 0)
        r = send(job, layer, upload, blob, err);
    if (r >= 0)
        known_add(job->engine->data_root, layer->diff, blob->digest, job->request->name);
    return r < 0 ? r : 0;
}

/* The layer below which has the same files; what it becomes is good for both. -1: none. */
static int twin_of(const struct push_layers_request *request, size_t at)
{
    for (size_t i = at + 1; i < request->count; i++)
        if (str_equal(request->layers[i].diff, request->layers[at].diff))
            return (int)i;
    return -1;
}

static bool take(struct job *job, size_t *at)
{
    pthread_mutex_lock(&job->lock);
    size_t count = job->request->count;
    while (job->next < count && twin_of(job->request, count - 1 - job->next) >= 0)
        job->next++;
    bool more = job->next < count && !job->failed;
    *at = count - 1 - job->next;
    job->next += more;
    pthread_mutex_unlock(&job->lock);
    return more;
}

static void *work(void *data)
{
    struct job *job = data;
    size_t at;
    while (take(job, &at)) {
        struct error err = ERROR_INIT;
        if (one_layer(job, &job->request->layers[at], &job->blobs[at], &err) == 0)
            continue;
        pthread_mutex_lock(&job->lock);
        if (!job->failed)
            job->err = err;
        __atomic_store_n(&job->failed, true, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&job->lock);
    }
    return NULL;
}

static void announce(struct job *job, size_t places)
{
    const struct push_layers_request *request = job->request;
    char id[SHORT];
    for (size_t i = request->count; i-- > 0;) {
        short_id(&request->layers[i], id);
        progress_state(&job->progress, id, "Preparing");
    }
    for (size_t i = request->count; i-- > 0;) {
        short_id(&request->layers[i], id);
        if (request->count - i > places)
            progress_state(&job->progress, id, "Waiting");
    }
}

static void share_with_twins(struct job *job)
{
    char id[SHORT];
    for (size_t i = job->request->count; i-- > 0;) {
        int twin = twin_of(job->request, i);
        if (twin < 0)
            continue;
        memcpy(job->blobs[i].digest, job->blobs[twin].digest, DIGEST_TEXT);
        job->blobs[i].size = job->blobs[twin].size;
        short_id(&job->request->layers[i], id);
        progress_state(&job->progress, id, "Layer already exists");
    }
}

int push_layers(struct engine *engine, const struct push_layers_request *request, struct descriptor *blobs, struct error *err)
{
    json_t *setting = engine_setting(engine, "max-concurrent-uploads");
    long long places = json_integer_value(setting);
    json_decref(setting);
    places = places < 1 ? 1 : places > UPLOADS_MOST ? UPLOADS_MOST : places;
    struct job job = {.engine = engine,
                      .request = request,
                      .blobs = blobs,
                      .telling = PTHREAD_MUTEX_INITIALIZER,
                      .lock = PTHREAD_MUTEX_INITIALIZER};
    job.progress = (struct progress){.tell = job_tell, .cancelled = job_cancelled, .data = &job, .lock = &job.telling};
    announce(&job, (size_t)places);
    pthread_t workers[UPLOADS_MOST];
    pthread_attr_t attributes;
    size_t count = 0, wanted = request->count < (size_t)places ? request->count : (size_t)places;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, WORKER_STACK);
    while (count < wanted && pthread_create(&workers[count], &attributes, work, &job) == 0)
        count++;
    pthread_attr_destroy(&attributes);
    if (!count)
        work(&job);
    for (size_t i = 0; i < count; i++)
        pthread_join(workers[i], NULL);
    for (size_t i = 0; i < request->count; i++)
        blobs[i].type = xstrdup(TYPE_LAYER);
    if (job.failed) {
        *err = job.err;
        return -job.err.code;
    }
    share_with_twins(&job);
    return 0;
}
