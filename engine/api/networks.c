/* /networks: bridge, host and none, to look at. */
#include "api/http.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"

#include <errno.h>
#include <string.h>

static void put_containers(json_t *doc, struct engine *engine, const char *name)
{
    size_t count;
    struct instance **all = table_all(engine, &count);
    json_t *list = json_object();
    for (size_t i = 0; i < count; i++) {
        cleanup_json json_t *host_config = instance_host_config(all[i]);
        pthread_mutex_lock(&engine->lock);
        const struct endpoint *endpoint = &all[i]->endpoint;
        if (all[i]->state.running && !all[i]->sandbox && str_equal(host_network_mode(host_config), name))
            json_object_set_new(
                list, all[i]->id,
                json_pack("{s:s, s:s, s:s, s:o, s:s}", "Name", all[i]->name, "EndpointID", endpoint->id, "MacAddress",
                          endpoint->mac, "IPv4Address",
                          *endpoint->address ? json_sprintf("%s/%d", endpoint->address, endpoint->prefix_len) : json_string(""),
                          "IPv6Address", ""));
        pthread_mutex_unlock(&engine->lock);
    }
    table_all_free(all, count);
    json_object_set_new(doc, "Containers", list);
}

/* The two that are no network at all; their ids only have to be stable. */
static json_t *simple(struct engine *engine, const char *name, const char *driver)
{
    char digest[DIGEST_TEXT], created[CLOCK_TEXT];
    cleanup_free char *seed = str_format("%s/%s", engine->id, name);
    digest_bytes(seed, strlen(seed), digest);
    clock_rfc3339(engine->started_ns, created);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:{s:s, s:n, s:[]}, s:b, s:b, s:b, s:{s:s}, s:b, s:{}, s:{}, s:{}}", "Name",
                     name, "Id", digest + strlen("sha256:"), "Created", created, "Scope", "local", "Driver", driver, "EnableIPv6",
                     0, "IPAM", "Driver", "default", "Options", "Config", "Internal", 0, "Attachable", 0, "Ingress", 0,
                     "ConfigFrom", "Network", "", "ConfigOnly", 0, "Containers", "Options", "Labels");
}

static json_t *all_networks(struct engine *engine)
{
    json_t *list = json_array();
    json_array_append_new(list, network_describe(engine->network));
    json_array_append_new(list, simple(engine, "host", "host"));
    json_array_append_new(list, simple(engine, "none", "null"));
    return list;
}

static enum MHD_Result list(struct request *request)
{
    struct error err = ERROR_INIT;
    static const char *const known[] = {"name", "id", "driver", "type", "scope", NULL};
    cleanup_json json_t *filters = query_filters(request, &err);
    if (!filters || !filters_valid(filters, known, &err))
        return reply_error(request, &err);
    cleanup_json json_t *all = all_networks(request->engine);
    json_t *out = json_array(), *network;
    size_t i;
    json_array_foreach(all, i, network)
    {
        const char *id = json_str(network, "Id", "");
        bool keep = filter_part_of(filters, "name", json_str(network, "Name", ""));
        if (filter_given(filters, "driver"))
            keep &= filter_has(filters, "driver", json_str(network, "Driver", ""));
        if (filter_given(filters, "scope"))
            keep &= filter_has(filters, "scope", "local");
        if (filter_given(filters, "type"))
            keep &= filter_has(filters, "type", "builtin");
        if (filter_given(filters, "id"))
            keep &= str_starts(id, json_string_value(json_array_get(json_object_get(filters, "id"), 0)));
        if (!keep)
            continue;
        json_object_set_new(network, "Containers", json_object());
        json_array_append(out, network);
    }
    return reply_json(request, 200, out);
}

static enum MHD_Result inspect(struct request *request)
{
    struct error err = ERROR_INIT;
    const char *wanted = request->captured[0];
    cleanup_json json_t *all = all_networks(request->engine);
    size_t i;
    json_t *network;
    json_array_foreach(all, i, network)
    {
        const char *name = json_str(network, "Name", ""), *id = json_str(network, "Id", "");
        if (!str_equal(name, wanted) && !str_starts(id, wanted))
            continue;
        put_containers(network, request->engine, name);
        return reply_json(request, 200, json_incref(network));
    }
    error_set(&err, ENOENT, "network %s not found", wanted);
    return reply_error(request, &err);
}

const struct route network_routes[] = {
    {"GET", "/networks", list, BODY_NONE, NULL},
    {"GET", "/networks/*", inspect, BODY_NONE, NULL},
    {0},
};
