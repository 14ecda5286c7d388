/* The event log: a ring of documents in Docker's shape (with the old status, id, from keys for container events). */
#include "daemon/events.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/instance.h"
#include "daemon/membership.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT = 1024, PAST = 256 };

struct event_log {
    pthread_mutex_t lock;
    struct bell bell;
    json_t *kept[KEPT];
    uint64_t last;
    atomic_int followers;
};

struct event_log *event_log_new(void)
{
    struct event_log *log = xcalloc(1, sizeof *log);
    pthread_mutex_init(&log->lock, NULL);
    log->bell = BELL_INIT;
    return log;
}

static void keep(struct event_log *log, json_t *event)
{
    pthread_mutex_lock(&log->lock);
    json_t **slot = &log->kept[log->last++ % KEPT];
    json_t *old = *slot;
    *slot = event;
    pthread_mutex_unlock(&log->lock);
    json_decref(old);
    bell_ring(&log->bell);
}

void event_emit(struct engine *engine, const char *type, const char *action, const char *actor, json_t *attributes)
{
    int64_t now = clock_wall_ns();
    if (!attributes)
        attributes = json_object();
    json_t *event = json_object();
    if (str_equal(type, "container") || str_equal(type, "image")) {
        json_object_set_new(event, "status", json_string(action));
        json_object_set_new(event, "id", json_string(actor));
        const char *from = json_str(attributes, "image", NULL);
        if (from)
            json_object_set_new(event, "from", json_string(from));
    }
    json_object_set_new(event, "Type", json_string(type));
    json_object_set_new(event, "Action", json_string(action));
    json_object_set_new(event, "Actor", json_pack("{s:s, s:o}", "ID", actor, "Attributes", attributes));
    json_object_set_new(event, "scope", json_string("local"));
    json_object_set_new(event, "time", json_integer(now / 1000000000));
    json_object_set_new(event, "timeNano", json_integer(now));
    keep(engine->events, event);
}

void event_container(struct instance *instance, const char *action, json_t *extra)
{
    if (instance->sandbox) {
        json_decref(extra);
        return;
    }
    json_t *attributes = json_object();
    json_object_update(attributes, json_at(instance->config, "Labels"));
    if (extra)
        json_object_update(attributes, extra);
    json_decref(extra);
    json_object_set_new(attributes, "image", json_string(str_or(instance->image, "")));
    pthread_mutex_lock(&instance->engine->lock);
    json_object_set_new(attributes, "name", json_string(str_or(instance->name, "")));
    pthread_mutex_unlock(&instance->engine->lock);
    event_emit(instance->engine, "container", action, instance->id, attributes);
}

void event_network_of(struct instance *instance, struct network *network, const char *action)
{
    if (instance->sandbox)
        return;
    event_emit(
        instance->engine, "network", action, network_id(network),
        json_pack("{s:s, s:s, s:s}", "container", instance->id, "name", network_name(network), "type", network_driver(network)));
}

void event_network(struct instance *instance, const char *action)
{
    size_t count;
    struct network **all = instance_networks(instance, &count);
    for (size_t i = 0; i < count; i++)
        event_network_of(instance, all[i], action);
    networks_all_free(all, count);
}

void event_volumes(struct instance *instance, const char *action)
{
    const char *destination;
    json_t *mount;
    if (instance->sandbox)
        return;
    json_object_foreach(instance->mounts, destination, mount)
    {
        const char *name = json_str(mount, "Name", "");
        if (!str_equal(json_str(mount, "Type", ""), "volume") || !*name)
            continue;
        json_t *attributes = json_pack("{s:s}", "driver", str_or(json_str(mount, "Driver", ""), "local"));
        if (!str_equal(action, "create"))
            json_object_set_new(attributes, "container", json_string(instance->id));
        if (str_equal(action, "mount")) {
            json_object_set_new(attributes, "destination", json_string(destination));
            json_object_set_new(attributes, "propagation", json_string(json_str(mount, "Propagation", "")));
            json_object_set_new(attributes, "read/write", json_string(json_flag(mount, "RW", true) ? "true" : "false"));
        }
        event_emit(instance->engine, "volume", action, name, attributes);
    }
}

uint64_t event_first(struct engine *engine, bool past)
{
    struct event_log *log = engine->events;
    pthread_mutex_lock(&log->lock);
    uint64_t first = !past ? log->last : log->last > PAST ? log->last - PAST : 0;
    pthread_mutex_unlock(&log->lock);
    return first;
}

json_t *event_next(struct engine *engine, uint64_t *seen)
{
    struct event_log *log = engine->events;
    json_t *event = NULL;
    pthread_mutex_lock(&log->lock);
    if (log->last > KEPT && *seen < log->last - KEPT)
        *seen = log->last - KEPT;
    if (*seen < log->last)
        event = json_incref(log->kept[(*seen)++ % KEPT]);
    pthread_mutex_unlock(&log->lock);
    return event;
}

struct bell *event_bell(struct engine *engine) { return &engine->events->bell; }
int event_followers(struct engine *engine) { return atomic_load(&engine->events->followers); }
void event_follow(struct engine *engine, int change) { atomic_fetch_add(&engine->events->followers, change); }
