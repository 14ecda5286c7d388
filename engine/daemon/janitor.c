/* One thread that clears away what removed containers leave, one after the other. */
#include "daemon/janitor.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <time.h>

struct job {
    struct job *next;
    char id[ID_TEXT];
};

struct janitor {
    struct engine *engine;
    pthread_mutex_t lock;
    pthread_cond_t more, done;
    struct job *first, **last;
    int open; /* queued or being done */
};

static void clear_path(char *path)
{
    struct error err = ERROR_INIT;
    if (path_remove_tree(path, &err) < 0)
        log_warn("removing %s: %s", path, err.message);
    free(path);
}

void janitor_clear_now(struct engine *engine, const char *container_id)
{
    struct error err = ERROR_INIT;
    clear_path(path_join(engine->states, container_id));
    if (rootfs_remove(engine->images, container_id, &err) < 0)
        log_warn("removing the layer of %.12s: %s", container_id, err.message);
    clear_path(path_join(engine->containers, container_id));
}

static void *work(void *data)
{
    struct janitor *janitor = data;
    for (;;) {
        pthread_mutex_lock(&janitor->lock);
        while (!janitor->first)
            pthread_cond_wait(&janitor->more, &janitor->lock);
        struct job *job = janitor->first;
        janitor->first = job->next;
        if (!janitor->first)
            janitor->last = &janitor->first;
        pthread_mutex_unlock(&janitor->lock);

        janitor_clear_now(janitor->engine, job->id);
        free(job);

        pthread_mutex_lock(&janitor->lock);
        if (--janitor->open == 0)
            pthread_cond_broadcast(&janitor->done);
        pthread_mutex_unlock(&janitor->lock);
    }
    return NULL;
}

struct janitor *janitor_new(struct engine *engine)
{
    struct janitor *janitor = xcalloc(1, sizeof *janitor);
    janitor->engine = engine;
    pthread_mutex_init(&janitor->lock, NULL);
    pthread_cond_init(&janitor->more, NULL);
    pthread_cond_init(&janitor->done, NULL);
    janitor->last = &janitor->first;
    struct error err = ERROR_INIT;
    if (engine_thread(work, janitor, &err) < 0)
        log_error("%s", err.message);
    return janitor;
}

void janitor_clear(struct engine *engine, const char *container_id)
{
    struct janitor *janitor = engine->janitor;
    struct job *job = xcalloc(1, sizeof *job);
    snprintf(job->id, sizeof job->id, "%s", container_id);
    pthread_mutex_lock(&janitor->lock);
    *janitor->last = job;
    janitor->last = &job->next;
    janitor->open++;
    pthread_cond_signal(&janitor->more);
    pthread_mutex_unlock(&janitor->lock);
}

bool janitor_drain(struct engine *engine, int timeout_ms)
{
    struct janitor *janitor = engine->janitor;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    pthread_mutex_lock(&janitor->lock);
    int rc = 0;
    while (janitor->open && rc == 0)
        rc = pthread_cond_timedwait(&janitor->done, &janitor->lock, &until);
    bool empty = janitor->open == 0;
    pthread_mutex_unlock(&janitor->lock);
    return empty;
}
