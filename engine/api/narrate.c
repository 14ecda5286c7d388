/* Lines wait in a buffer between both threads; a client that reads too slowly misses numbers, never states. */
#include "api/narrate.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/bell.h"

#include <errno.h>
#include <stdlib.h>

enum { PENDING_MOST = 1024 * 1024, WORK_STACK = 1024 * 1024 };

struct narration {
    struct engine *engine;
    int (*work)(struct engine *engine, void *data, const struct progress *progress, struct error *err);
    void (*done)(void *data);
    void (*abandon)(void *data); /* may be NULL */
    void *data;
    int client; /* for poll(2) only */
    atomic_int users;
    atomic_bool gone;
    struct bell bell;
    int waiter; /* of the connection's thread */
    pthread_mutex_t lock;
    pthread_cond_t sent;
    struct buf pending; /* locked, as all below */
    bool told, over;
    struct error err;
};

static void release(struct narration *narration)
{
    if (atomic_fetch_sub(&narration->users, 1) > 1)
        return;
    narration->done(narration->data);
    bell_leave(&narration->bell, &narration->waiter);
    bell_free(&narration->bell);
    buf_free(&narration->pending);
    pthread_mutex_destroy(&narration->lock);
    pthread_cond_destroy(&narration->sent);
    free(narration);
}

static void tell(void *data, json_t *line)
{
    struct narration *narration = data;
    pthread_mutex_lock(&narration->lock);
    if (narration->pending.len < PENDING_MOST || !json_object_get(line, "progress")) {
        json_put(&narration->pending, line);
        buf_puts(&narration->pending, "\r\n");
    }
    narration->told = true;
    pthread_mutex_unlock(&narration->lock);
    json_decref(line);
    bell_ring(&narration->bell);
}

void narrate_text(const struct progress *progress, const char *text, size_t len)
{
    struct narration *narration = progress->data;
    pthread_mutex_lock(&narration->lock);
    while (narration->pending.len >= PENDING_MOST && !atomic_load(&narration->gone))
        pthread_cond_wait(&narration->sent, &narration->lock);
    if (!atomic_load(&narration->gone))
        buf_add(&narration->pending, text, len);
    narration->told = true;
    pthread_mutex_unlock(&narration->lock);
    bell_ring(&narration->bell);
}

static bool cancelled(void *data)
{
    struct narration *narration = data;
    return atomic_load(&narration->gone) || atomic_load(&narration->engine->stopping);
}

static void *run(void *data)
{
    struct narration *narration = data;
    const struct progress progress = {.tell = tell, .cancelled = cancelled, .data = narration};
    struct error err = ERROR_INIT;
    int r = narration->work(narration->engine, narration->data, &progress, &err);
    pthread_mutex_lock(&narration->lock);
    bool late = r < 0 && narration->told;
    pthread_mutex_unlock(&narration->lock);
    if (late)
        tell(narration, progress_failure(err.message));
    pthread_mutex_lock(&narration->lock);
    narration->err = err;
    narration->err.code = r < 0 ? (err.code ? err.code : EIO) : 0;
    narration->over = true;
    pthread_mutex_unlock(&narration->lock);
    bell_ring(&narration->bell);
    release(narration);
    return NULL;
}

/* Until there is a line or nothing more to come. */
static bool wait_for_lines(struct narration *narration)
{
    for (;;) {
        pthread_mutex_lock(&narration->lock);
        bool ready = narration->pending.len || narration->over;
        pthread_mutex_unlock(&narration->lock);
        if (ready)
            return true;
        if (bell_wait(narration->waiter, narration->client, -1) == BELL_CLIENT_GONE) {
            atomic_store(&narration->gone, true);
            return false;
        }
    }
}

static bool produce(void *data, struct buf *out)
{
    struct narration *narration = data;
    if (!wait_for_lines(narration))
        return false;
    pthread_mutex_lock(&narration->lock);
    buf_add(out, str_or(narration->pending.data, ""), narration->pending.len);
    buf_clear(&narration->pending);
    pthread_cond_broadcast(&narration->sent);
    bool more = !narration->over;
    pthread_mutex_unlock(&narration->lock);
    return more;
}

static void stop(void *data)
{
    struct narration *narration = data;
    pthread_mutex_lock(&narration->lock);
    atomic_store(&narration->gone, true);
    bool under_way = !narration->over;
    pthread_cond_broadcast(&narration->sent);
    pthread_mutex_unlock(&narration->lock);
    if (under_way && narration->abandon)
        narration->abandon(narration->data);
    release(narration);
}

static int start(struct narration *narration, struct error *err)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, WORK_STACK);
    int rc = pthread_create(&thread, &attributes, run, narration);
    pthread_attr_destroy(&attributes);
    return rc ? error_errno(err, rc, "starting a thread") : 0;
}

enum MHD_Result reply_narrated(struct request *request,
                               int (*work)(struct engine *engine, void *data, const struct progress *progress, struct error *err),
                               void (*done)(void *data), void *data)
{
    return reply_narrated_as(request, &(struct narrated){.work = work, .done = done, .data = data});
}

enum MHD_Result reply_narrated_as(struct request *request, const struct narrated *narrated)
{
    struct error err = ERROR_INIT;
    struct narration *narration = xcalloc(1, sizeof *narration);
    *narration = (struct narration){.engine = request->engine,
                                    .work = narrated->work,
                                    .abandon = narrated->abandon,
                                    .done = narrated->done,
                                    .data = narrated->data,
                                    .client = request->client,
                                    .users = 2,
                                    .bell = BELL_INIT,
                                    .lock = PTHREAD_MUTEX_INITIALIZER,
                                    .sent = PTHREAD_COND_INITIALIZER};
    narration->waiter = bell_join(&narration->bell);
    if (start(narration, &err) < 0) {
        release(narration);
        release(narration);
        return reply_error(request, &err);
    }
    wait_for_lines(narration);
    pthread_mutex_lock(&narration->lock);
    bool failed = narration->over && !narration->told && narration->err.code;
    err = narration->err;
    pthread_mutex_unlock(&narration->lock);
    if (!failed)
        return reply_stream(request, 200, "application/json", produce, stop, narration);
    stop(narration);
    return reply_error(request, &err);
}
