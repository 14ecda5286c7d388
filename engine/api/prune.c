/* POST .../prune of what has no file of its own to do it in: stopped containers, networks. One at a time each,
 * as in dockerd. */
#include "api/containers.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/when.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

struct condition {
    const json_t *filters;
    int64_t until_ns; /* 0: none */
};

/* The filters of a prune, or NULL and the error. */
static json_t *read_condition(struct request *request, struct condition *condition, struct error *err)
{
    static const char *const known[] = {"label", "label!", "until", NULL};
    json_t *filters = query_filters(request, err);
    *condition = (struct condition){.filters = filters};
    if (filters && !filters_valid(filters, known, err)) {
        json_decref(filters);
        return NULL;
    }
    const json_t *until = json_object_get(filters, "until");
    const char *text = json_string_value(json_array_get(until, 0));
    if (json_array_size(until) > 1)
        error_set(err, EINVAL, "more than one until filter specified");
    else if (text && !when_moment(text, &condition->until_ns))
        error_set(err, EINVAL, "failed to parse value as time or duration: \"%s\"", text);
    else
        return filters;
    json_decref(filters);
    return NULL;
}

static bool is_wanted(struct instance *instance, const struct condition *condition)
{
    struct state state = instance_state(instance);
    bool running = state.running;
    state_clear(&state);
    if (running || instance->sandbox || (condition->until_ns && instance->created_ns > condition->until_ns))
        return false;
    return filter_labels(condition->filters, json_object_get(instance->config, "Labels"));
}

static json_t *prune_containers(struct engine *engine, const struct condition *condition)
{
    size_t count;
    long long freed = 0;
    struct instance **all = table_all(engine, &count);
    json_t *deleted = json_array();
    for (size_t i = 0; i < count; i++) {
        struct error err = ERROR_INIT;
        cleanup_json json_t *sizes = json_object();
        if (!is_wanted(all[i], condition))
            continue;
        container_put_sizes(sizes, all[i]);
        if (container_remove(all[i], false, false, &err) < 0)
            continue;
        json_array_append_new(deleted, json_string(all[i]->id));
        freed += json_num(sizes, "SizeRw", 0);
    }
    table_all_free(all, count);
    event_emit(engine, "container", "prune", "", json_pack("{s:o}", "reclaimed", json_sprintf("%lld", freed)));
    if (!json_array_size(deleted)) {
        json_decref(deleted);
        deleted = json_null();
    }
    return json_pack("{s:o, s:I}", "ContainersDeleted", deleted, "SpaceReclaimed", (json_int_t)freed);
}

static enum MHD_Result containers_prune(struct request *request)
{
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    struct error err = ERROR_INIT;
    struct condition condition;
    cleanup_json json_t *filters = read_condition(request, &condition, &err);
    if (!filters)
        return reply_error(request, &err);
    if (atomic_flag_test_and_set(&busy)) {
        error_set(&err, EBUSY, "a prune operation is already running");
        return reply_error(request, &err);
    }
    json_t *answer = prune_containers(request->engine, &condition);
    atomic_flag_clear(&busy);
    return reply_json(request, 200, answer);
}

static bool is_older(const struct network *network, int64_t until_ns)
{
    int64_t created;
    return !until_ns || (clock_parse(network_created(network), &created) && created <= until_ns);
}

/* bridge, host and none are never removed, nor is what has endpoints. */
static json_t *prune_networks(struct engine *engine, const struct condition *condition)
{
    size_t count;
    struct network **all = networks_all(engine->networks, &count);
    json_t *deleted = json_array();
    for (size_t i = 0; i < count; i++) {
        if (!network_predefined(all[i]) && filter_labels(condition->filters, network_labels(all[i])) &&
            is_older(all[i], condition->until_ns) && network_destroy(engine, all[i], NULL) == 0)
            json_array_append_new(deleted, json_string(network_name(all[i])));
    }
    networks_all_free(all, count);
    event_emit(engine, "network", "prune", "", json_pack("{s:s}", "reclaimed", "0"));
    if (!json_array_size(deleted)) {
        json_decref(deleted);
        deleted = json_null();
    }
    return json_pack("{s:o}", "NetworksDeleted", deleted);
}

static enum MHD_Result networks_prune(struct request *request)
{
    struct error err = ERROR_INIT;
    struct condition condition;
    cleanup_json json_t *filters = read_condition(request, &condition, &err);
    return filters ? reply_json(request, 200, prune_networks(request->engine, &condition)) : reply_error(request, &err);
}

const struct route prune_routes[] = {
    {"POST", "/containers/prune", containers_prune, BODY_NONE, NULL},
    {"POST", "/networks/prune", networks_prune, BODY_NONE, NULL},
    {0},
};
