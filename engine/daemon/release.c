/* The list of those who have ended and not given back yet: entries on the stacks of the threads that do it, under the engine's
 * lock. */
#include "daemon/release.h"

#include <errno.h>
#include <time.h>

/* Two who hold each other's operation may both wait here; then both see what they came for still taken, and say so. */
enum { PATIENCE_SECONDS = 5 };

void release_begin(struct release *release, struct instance *instance)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&engine->lock);
    *release = (struct release){.next = engine->releasing, .of = instance, .number = ++engine->releases};
    engine->releasing = release;
    pthread_mutex_unlock(&engine->lock);
}

void release_end(struct release *release)
{
    struct engine *engine = release->of->engine;
    pthread_mutex_lock(&engine->lock);
    struct release **link = &engine->releasing;
    while (*link != release)
        link = &(*link)->next;
    *link = release->next;
    pthread_cond_broadcast(&engine->released);
    pthread_mutex_unlock(&engine->lock);
}

/* Locked. */
static bool any_before(const struct engine *engine, unsigned long number, const struct instance *but)
{
    for (const struct release *release = engine->releasing; release; release = release->next)
        if (release->number <= number && release->of != but)
            return true;
    return false;
}

bool release_wait(struct engine *engine, const struct instance *but)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PATIENCE_SECONDS;
    pthread_mutex_lock(&engine->lock);
    unsigned long last = engine->releases;
    bool any = any_before(engine, last, but);
    while (any_before(engine, last, but))
        if (pthread_cond_clockwait(&engine->released, &engine->lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
            break;
    pthread_mutex_unlock(&engine->lock);
    return any;
}
