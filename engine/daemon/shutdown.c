/* The end of all containers together: when the daemon ends and is not to leave them running, and when a daemon that is not to take
 * containers over finds some. Each has the time it has for any stop; the slowest decides how long it takes. */
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum { STOP_SECONDS = 10, GRACE_SECONDS = 5 };

static void *end_one(void *data)
{
    struct instance *instance = data;
    struct error err = ERROR_INIT;
    const struct stop_request request = {.seconds = INT_MIN, .reason = STOP_SHUTDOWN};
    if (container_stop_with(instance, &request, &err) < 0 && err.code != EALREADY)
        log_warn("stopping %.12s: %s", instance->id, err.message);
    instance_unref(instance);
    return NULL;
}

/* Its process has ended, and what belonged to it is taken back. */
static bool has_ended(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    bool ended = !instance->state.running && !instance->followed;
    pthread_mutex_unlock(&instance->engine->lock);
    return ended;
}

/* Seconds for the whole: -1 for no bound. */
static int time_allowed(struct engine *engine, struct instance *const *all, size_t count)
{
    cleanup_json json_t *setting = engine_setting(engine, "shutdown-timeout");
    int seconds = json_is_integer(setting) ? (int)json_integer_value(setting) : 15;
    for (size_t i = 0; i < count && seconds >= 0; i++) {
        int own = (int)json_num(all[i]->config, "StopTimeout", STOP_SECONDS);
        if (has_ended(all[i]))
            continue;
        if (own < 0)
            return -1;
        if (own > seconds - GRACE_SECONDS)
            seconds = own + GRACE_SECONDS;
    }
    return seconds;
}

static bool all_ended(struct instance *const *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!all[i]->sandbox && !has_ended(all[i]))
            return false;
    return true;
}

void containers_shut_down(struct engine *engine)
{
    size_t count;
    struct instance **all = table_all(engine, &count);
    int seconds = time_allowed(engine, all, count);
    for (size_t i = 0; i < count; i++) {
        struct error err = ERROR_INIT;
        if (all[i]->sandbox || has_ended(all[i]))
            continue;
        if (engine_thread(end_one, instance_ref(all[i]), &err) < 0)
            end_one(all[i]);
    }
    int64_t until = clock_mono_ns() + seconds * 1000000000ll;
    int bell = bell_join(&engine->changed);
    while (!all_ended(all, count)) {
        enum { LOOK_MS = 20 }; /* the tidying after an end rings no bell */
        if (seconds >= 0 && clock_mono_ns() > until) {
            log_warn("some containers have not ended within %d seconds; they are left running", seconds);
            break;
        }
        bell_wait(bell, -1, LOOK_MS);
    }
    bell_leave(&engine->changed, &bell);
    table_all_free(all, count);
}
