/* Attaching to a container's streams, before it runs too: whoever comes early stands in a line and is connected between the moment
 * the container is made and the moment its process begins, so that not one byte is missed. */
#include "base/memory.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"

#include <errno.h>
#include <stdlib.h>

struct attacher {
    struct attacher *next;     /* in the line of instance->attachers */
    struct instance *instance; /* counted */
    bool in, out, errors;
    bool in_line, done; /* locked; neither: being connected just now */
    int connection;
    int bell;
    struct error err;
};

static void attacher_free(struct attacher *attacher)
{
    bell_leave(&attacher->instance->bell, &attacher->bell);
    instance_unref(attacher->instance);
    free(attacher);
}

/* Locked. */
static struct attacher *take_first(struct instance *instance)
{
    struct attacher *first = instance->attachers;
    if (!first)
        return NULL;
    instance->attachers = first->next;
    first->in_line = false;
    return first;
}

/* Locked. */
static void withdraw(struct attacher *attacher)
{
    for (struct attacher **at = &attacher->instance->attachers; *at; at = &(*at)->next) {
        if (*at != attacher)
            continue;
        *at = attacher->next;
        break;
    }
    attacher->in_line = false;
    attacher->done = true;
}

void attachers_connect(struct instance *instance, struct shim *shim)
{
    struct engine *engine = instance->engine;
    for (;;) {
        pthread_mutex_lock(&engine->lock);
        struct attacher *attacher = take_first(instance);
        pthread_mutex_unlock(&engine->lock);
        if (!attacher)
            return;
        /* Out of the line and not done: its owner waits for us before it lets go. */
        int connection = -EBADF;
        struct error err = ERROR_INIT;
        if (shim_attach(shim, NULL, attacher->in, attacher->out, attacher->errors, &connection, &err) < 0)
            connection = -EBADF;
        pthread_mutex_lock(&engine->lock);
        attacher->connection = connection;
        attacher->err = err;
        attacher->done = true;
        pthread_mutex_unlock(&engine->lock);
        bell_ring(&instance->bell);
    }
}

void attachers_fail(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    for (struct attacher *attacher; (attacher = take_first(instance));) {
        error_set(&attacher->err, ECHILD, "the container did not start");
        attacher->done = true;
    }
    pthread_mutex_unlock(&instance->engine->lock);
    bell_ring(&instance->bell);
}

struct attacher *attach_begin(struct instance *instance, bool in, bool out, bool errors, struct error *err)
{
    struct attacher *attacher = xcalloc(1, sizeof *attacher);
    *attacher = (struct attacher){.instance = instance_ref(instance), .in = in, .out = out, .errors = errors, .connection = -EBADF};
    attacher->bell = bell_join(&instance->bell);
    struct engine *engine = instance->engine;
    /* Running: connect at once. The choice and entering the line are one act, so that a start in between is not missed. */
    pthread_mutex_lock(&engine->lock);
    struct shim *shim = instance->shim;
    if (shim) {
        instance->shim_users++;
    } else {
        attacher->next = instance->attachers;
        instance->attachers = attacher;
        attacher->in_line = true;
    }
    pthread_mutex_unlock(&engine->lock);
    if (!shim)
        return attacher;
    int rc = shim_attach(shim, NULL, in, out, errors, &attacher->connection, err);
    instance_shim_done(instance);
    attacher->done = true;
    if (rc == 0)
        return attacher;
    attacher_free(attacher);
    return NULL;
}

/* Until it is connected, or cannot be; withdraws when the client leaves first. */
static bool wait_until_done(struct attacher *attacher, int client)
{
    struct engine *engine = attacher->instance->engine;
    bool gone = false;
    for (;;) {
        pthread_mutex_lock(&engine->lock);
        if (gone && attacher->in_line)
            withdraw(attacher);
        bool done = attacher->done;
        pthread_mutex_unlock(&engine->lock);
        if (done)
            return !gone;
        if (bell_wait_duplex(attacher->bell, gone ? -1 : client, -1) == BELL_CLIENT_GONE)
            gone = true;
    }
}

int attach_finish(struct attacher *attacher, int client, int *connection, struct error *err)
{
    int rc = 0;
    if (!wait_until_done(attacher, client)) {
        fd_close(attacher->connection);
        rc = error_set(err, ECANCELED, "the client went away");
    } else if (attacher->connection < 0) {
        *err = attacher->err;
        rc = -(err->code ? err->code : EIO);
    } else {
        *connection = attacher->connection;
    }
    attacher_free(attacher);
    return rc;
}

void attach_cancel(struct attacher *attacher)
{
    struct engine *engine = attacher->instance->engine;
    pthread_mutex_lock(&engine->lock);
    if (attacher->in_line)
        withdraw(attacher);
    pthread_mutex_unlock(&engine->lock);
    int connection = -EBADF;
    struct error ignored = ERROR_INIT;
    if (attach_finish(attacher, -1, &connection, &ignored) == 0)
        fd_close(connection);
}
