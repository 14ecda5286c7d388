/* Several threads take one layer after the other: they download it (max-concurrent-downloads at once) and unpack it (two at once:
 * more would only fight for the disk). The first failure ends them all. One more thread tells how far unpacking is, by the place
 * in the file that the unpacking process reads. */
#include "daemon/pull_layers.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/settings.h"
#include "daemon/transfer.h"
#include "image/registry/known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { UNPACKING_MOST = 2, DOWNLOADS_MOST = 16, TICK_MS = 100, WORKER_STACK = 1024 * 1024, SHORT = 13 };

struct item {
    char id[SHORT];
    int twin;      /* the same layer lower down, whose files are copied; -1: none */
    int unpacking; /* locked; the file that is being read; -1: none */
    bool told_wait;
};

struct job {
    struct engine *engine;
    const struct layers_request *request;
    struct progress progress;
    pthread_mutex_t telling, lock;
    pthread_cond_t changed;
    struct item *items;
    struct staged **staged;
    size_t next;            /* locked, as all below */
    int downloads, unpacks; /* free places */
    bool failed, over;
    struct error err;
};

static bool job_cancelled(void *data)
{
    struct job *job = data;
    return __atomic_load_n(&job->failed, __ATOMIC_RELAXED) || progress_cancelled(job->request->progress);
}

static void job_tell(void *data, json_t *line)
{
    struct job *job = data;
    const struct progress *outer = job->request->progress;
    if (outer && outer->tell)
        outer->tell(outer->data, line);
    else
        json_decref(line);
}

static void fail(struct job *job, const struct error *err)
{
    pthread_mutex_lock(&job->lock);
    if (!job->failed)
        job->err = *err;
    __atomic_store_n(&job->failed, true, __ATOMIC_RELAXED);
    pthread_cond_broadcast(&job->changed);
    pthread_mutex_unlock(&job->lock);
}

/* Wait for one of `places`; false when the job has failed. */
static bool enter(struct job *job, int *places)
{
    pthread_mutex_lock(&job->lock);
    while (*places == 0 && !job->failed)
        pthread_cond_wait(&job->changed, &job->lock);
    bool in = !job->failed;
    *places -= in;
    pthread_mutex_unlock(&job->lock);
    return in;
}

static void leave(struct job *job, int *places)
{
    pthread_mutex_lock(&job->lock);
    (*places)++;
    pthread_cond_broadcast(&job->changed);
    pthread_mutex_unlock(&job->lock);
}

static int unpack(struct job *job, size_t at, int fd, struct error *err)
{
    const char *diff = job->request->diffs[at];
    pthread_mutex_lock(&job->lock);
    job->items[at].unpacking = fd;
    pthread_mutex_unlock(&job->lock);
    int r = layer_stage(job->engine->images, fd, &job->staged[at], err);
    pthread_mutex_lock(&job->lock);
    job->items[at].unpacking = -1;
    pthread_mutex_unlock(&job->lock);
    if (r < 0)
        return error_prefix(err, "failed to register layer");
    if (!str_equal(staged_diff_id(job->staged[at]), diff))
        return error_set(err, EPROTO, "layers from manifest don't match image configuration: layer %s unpacks to %s, not to %s",
                         job->items[at].id, staged_diff_id(job->staged[at]), diff);
    return 0;
}

static int fetch(struct job *job, size_t at, struct error *err)
{
    const struct transfer_request request = {.registry = job->request->registry,
                                             .repository = job->request->repository,
                                             .blob = &job->request->manifest->layers[at],
                                             .id = job->items[at].id,
                                             .progress = &job->progress};
    if (!enter(job, &job->downloads))
        return error_set(err, ECANCELED, "context canceled");
    int fd = transfer_fetch(job->engine, &request, err);
    leave(job, &job->downloads);
    if (fd >= 0)
        progress_state(&job->progress, job->items[at].id, "Download complete");
    return fd;
}

/* Layers that are here under another chain are copied by the store: nothing is fetched. */
static int one_layer(struct job *job, size_t at, struct error *err)
{
    const char *diff = job->request->diffs[at], *id = job->items[at].id;
    if (layer_known(job->engine->images, diff) && layer_stage_known(job->engine->images, diff, &job->staged[at], NULL) == 0) {
        progress_state(&job->progress, id, "Already exists");
        return 0;
    }
    cleanup_close int fd = fetch(job, at, err);
    if (fd < 0)
        return fd;
    if (!enter(job, &job->unpacks))
        return error_set(err, ECANCELED, "context canceled");
    int r = unpack(job, at, fd, err);
    leave(job, &job->unpacks);
    if (r == 0)
        progress_state(&job->progress, id, "Pull complete");
    return r;
}

static bool take(struct job *job, size_t *at)
{
    pthread_mutex_lock(&job->lock);
    size_t count = job->request->manifest->count;
    while (job->next < count && job->items[job->next].twin >= 0)
        job->next++;
    bool more = job->next < count && !job->failed;
    *at = job->next;
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
        if (one_layer(job, at, &err) < 0)
            fail(job, &err);
    }
    return NULL;
}

static void *tell_unpacking(void *data)
{
    struct job *job = data;
    pthread_mutex_lock(&job->lock);
    while (!job->over) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&job->changed, &job->lock, &until);
        for (size_t i = 0; i < job->request->manifest->count; i++) {
            off_t place = job->items[i].unpacking >= 0 ? lseek(job->items[i].unpacking, 0, SEEK_CUR) : -1;
            if (place >= 0)
                progress_count(&job->progress, job->items[i].id, "Extracting", place, job->request->manifest->layers[i].size);
        }
    }
    pthread_mutex_unlock(&job->lock);
    return NULL;
}

static void announce(struct job *job)
{
    const struct layers_request *request = job->request;
    for (size_t i = 0; i < request->manifest->count; i++) {
        struct item *item = &job->items[i];
        memcpy(item->id, request->manifest->layers[i].digest + strlen("sha256:"), SHORT - 1);
        item->twin = item->unpacking = -1;
        for (size_t k = request->held; k < i && i >= request->held; k++)
            if (item->twin < 0 && str_equal(request->diffs[k], request->diffs[i]))
                item->twin = (int)k;
        progress_state(&job->progress, item->id, i < request->held ? "Already exists" : "Pulling fs layer");
    }
    for (size_t i = request->held, places = (size_t)job->downloads; i < request->manifest->count; i++) {
        if (job->items[i].twin >= 0)
            continue;
        if (places == 0)
            progress_state(&job->progress, job->items[i].id, "Waiting");
        places -= places > 0;
    }
}

static int copy_twins(struct job *job, struct error *err)
{
    int r = 0;
    for (size_t i = job->request->held; r == 0 && i < job->request->manifest->count; i++) {
        if (job->items[i].twin < 0)
            continue;
        r = layer_stage_copy(job->engine->images, job->staged[job->items[i].twin], &job->staged[i], err);
        if (r == 0)
            progress_state(&job->progress, job->items[i].id, "Pull complete");
    }
    return r;
}

static size_t start(struct job *job, pthread_t *threads, size_t wanted, void *(*run)(void *))
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, WORKER_STACK); /* TLS needs more than most threads here */
    size_t count = 0;
    while (count < wanted && pthread_create(&threads[count], &attributes, run, job) == 0)
        count++;
    pthread_attr_destroy(&attributes);
    return count;
}

static int run(struct job *job, struct error *err)
{
    pthread_t workers[DOWNLOADS_MOST + UNPACKING_MOST], teller;
    size_t left = job->request->manifest->count - job->request->held, wanted = (size_t)(job->downloads + job->unpacks);
    size_t count = start(job, workers, left < wanted ? left : wanted, work), tellers = start(job, &teller, 1, tell_unpacking);
    if (!count)
        work(job);
    for (size_t i = 0; i < count; i++)
        pthread_join(workers[i], NULL);
    pthread_mutex_lock(&job->lock);
    job->over = true;
    pthread_cond_broadcast(&job->changed);
    pthread_mutex_unlock(&job->lock);
    if (tellers)
        pthread_join(teller, NULL);
    if (!job->failed)
        return copy_twins(job, err);
    if (err)
        *err = job->err;
    return -job->err.code;
}

int pull_layers(struct engine *engine, const struct layers_request *request, struct staged **staged, struct error *err)
{
    json_t *setting = engine_setting(engine, "max-concurrent-downloads");
    int downloads = (int)json_integer_value(setting);
    json_decref(setting);
    struct job job = {.engine = engine,
                      .request = request,
                      .staged = staged,
                      .next = request->held,
                      .downloads = downloads < 1                ? 1
                                   : downloads > DOWNLOADS_MOST ? DOWNLOADS_MOST
                                                                : downloads,
                      .unpacks = UNPACKING_MOST,
                      .telling = PTHREAD_MUTEX_INITIALIZER,
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .changed = PTHREAD_COND_INITIALIZER};
    job.progress = (struct progress){.tell = job_tell, .cancelled = job_cancelled, .data = &job, .lock = &job.telling};
    job.items = xcalloc(request->manifest->count, sizeof *job.items);
    announce(&job);
    int r = request->held < request->manifest->count ? run(&job, err) : 0;
    /* Only what a push would make of it may be found again by a push: it writes down that every layer is gzip. */
    for (size_t i = 0; r == 0 && i < request->manifest->count; i++)
        if (str_ends(request->manifest->layers[i].type, "gzip"))
            known_add(engine->data_root, request->diffs[i], request->manifest->layers[i].digest, request->name);
    free(job.items);
    return r;
}
