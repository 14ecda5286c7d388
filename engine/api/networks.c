/* /networks: making, removing, listing and describing them; connecting containers. */
#include "api/http.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/membership.h"

#include <errno.h>
#include <string.h>

/* --- listing --- */

/* Containers without a link of their own: those on `host` and `none`. */
static void add_plain_containers(json_t *document, struct engine *engine, const char *name)
{
    size_t count;
    struct instance **all = table_all(engine, &count);
    json_t *list = json_object_get(document, "Containers");
    for (size_t i = 0; i < count; i++) {
        cleanup_json json_t *host_config = instance_host_config(all[i]);
        pthread_mutex_lock(&engine->lock);
        if (all[i]->state.running && !all[i]->sandbox && str_equal(host_network_mode(host_config), name))
            json_object_set_new(list, all[i]->id,
                                json_pack("{s:s, s:s, s:s, s:s, s:s}", "Name", all[i]->name, "EndpointID", all[i]->sandbox_key,
                                          "MacAddress", "", "IPv4Address", "", "IPv6Address", ""));
        pthread_mutex_unlock(&engine->lock);
    }
    table_all_free(all, count);
}

/* A container may have been renamed since it joined. */
static void name_containers(json_t *list, struct engine *engine)
{
    const char *id;
    json_t *entry;
    json_object_foreach(list, id, entry)
    {
        cleanup_instance struct instance *instance = table_find(engine, id, NULL);
        if (!instance)
            continue;
        pthread_mutex_lock(&engine->lock);
        json_object_set_new(entry, "Name", json_string(instance->name));
        pthread_mutex_unlock(&engine->lock);
    }
}

static json_t *describe(struct engine *engine, struct network *network)
{
    json_t *document = network_describe(network);
    name_containers(json_object_get(document, "Containers"), engine);
    if (!network_has_driver(network))
        add_plain_containers(document, engine, network_name(network));
    return document;
}

static bool in_use(struct engine *engine, struct network *network)
{
    cleanup_json json_t *document = describe(engine, network);
    return json_object_size(json_object_get(document, "Containers")) > 0;
}

static bool id_given(const json_t *filters, const char *id)
{
    const json_t *list = json_object_get(filters, "id"), *value;
    size_t i;
    json_array_foreach(list, i, value)
    {
        if (strstr(id, json_string_value(value)))
            return true;
    }
    return !filter_given(filters, "id");
}

static bool matches(struct engine *engine, const json_t *filters, struct network *network)
{
    const struct {
        const char *key, *value;
    } exact[] = {
        {"driver", network_driver(network)}, {"scope", "local"}, {"type", network_predefined(network) ? "builtin" : "custom"}};
    for (size_t i = 0; i < ARRAY_LEN(exact); i++)
        if (filter_given(filters, exact[i].key) && !filter_has(filters, exact[i].key, exact[i].value))
            return false;
    if (!filter_part_of(filters, "name", network_name(network)) || !id_given(filters, network_id(network)) ||
        !filter_labels(filters, network_labels(network)))
        return false;
    if (!filter_given(filters, "dangling"))
        return true;
    bool wanted = filter_has(filters, "dangling", "true") || filter_has(filters, "dangling", "1");
    return wanted == (!network_predefined(network) && !in_use(engine, network));
}

static bool type_valid(const json_t *filters, struct error *err)
{
    const json_t *value;
    size_t i;
    json_array_foreach(json_object_get(filters, "type"), i, value)
    {
        if (!str_equal(json_string_value(value), "builtin") && !str_equal(json_string_value(value), "custom"))
            return !error_set(err, EINVAL, "invalid filter: 'type'='%s'", json_string_value(value));
    }
    return true;
}

static enum MHD_Result list(struct request *request)
{
    static const char *const known[] = {"name", "id", "driver", "type", "scope", "label", "dangling", NULL};
    struct error err = ERROR_INIT;
    cleanup_json json_t *filters = query_filters(request, &err);
    if (!filters || !filters_valid(filters, known, &err) || !type_valid(filters, &err))
        return reply_error(request, &err);
    size_t count;
    struct network **all = networks_all(request->engine->networks, &count);
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++) {
        if (!matches(request->engine, filters, all[i]))
            continue;
        json_t *document = network_describe(all[i]);
        json_object_set_new(document, "Containers", json_object());
        json_array_append_new(out, document);
    }
    networks_all_free(all, count);
    return reply_json(request, 200, out);
}

static enum MHD_Result inspect(struct request *request)
{
    struct error err = ERROR_INIT;
    const char *scope = query(request, "scope");
    cleanup_network struct network *network = networks_find(request->engine->networks, request->captured[0], &err);
    if (network && scope && *scope && !str_equal(scope, "local"))
        return reply_status(request, 404, "network not found");
    return network ? reply_json(request, 200, describe(request->engine, network)) : reply_error(request, &err);
}

/* --- making and removing --- */

static enum MHD_Result create(struct request *request)
{
    struct error err = ERROR_INIT;
    cleanup_network struct network *network = NULL;
    if (network_make(request->engine, request->json, &network, &err) < 0)
        return reply_error(request, &err);
    return reply_json(request, 201, json_pack("{s:s, s:s}", "Id", network_id(network), "Warning", ""));
}

static enum MHD_Result delete (struct request *request) {
    struct error err = ERROR_INIT;
    cleanup_network struct network *network = networks_find(request->engine->networks, request->captured[0], &err);
    if (!network || network_destroy(request->engine, network, &err) < 0) return reply_error(request, &err);
    return reply_empty(request, 204);
}

/* --- connecting --- */

static struct instance *named_container(struct request *request, struct error *err)
{
    const char *name = json_str(request->json, "Container", "");
    if (*name)
        return table_find(request->engine, name, err);
    error_set(err, EINVAL, "no container was named");
    return NULL;
}

static enum MHD_Result connect_container(struct request *request)
{
    struct error err = ERROR_INIT;
    cleanup_network struct network *network = networks_find(request->engine->networks, request->captured[0], &err);
    cleanup_instance struct instance *instance = network ? named_container(request, &err) : NULL;
    if (!instance || membership_connect(instance, network, json_object_get(request->json, "EndpointConfig"), &err) < 0)
        return reply_error(request, &err);
    instance_changed(instance);
    return reply_empty(request, 200);
}

static enum MHD_Result disconnect_container(struct request *request)
{
    struct error err = ERROR_INIT;
    bool force = json_flag(request->json, "Force", false);
    const char *name = request->captured[0];
    cleanup_network struct network *network = networks_find(request->engine->networks, name, &err);
    cleanup_instance struct instance *instance = network || force ? named_container(request, &err) : NULL;
    int rc = !instance ? -err.code
             : network ? membership_disconnect(instance, network, force, &err)
                       : membership_forget(instance, name, &err);
    if (rc < 0)
        return reply_error(request, &err);
    instance_changed(instance);
    return reply_empty(request, 200);
}

const struct route network_routes[] = {
    {"GET", "/networks", list, BODY_NONE, NULL},
    {"POST", "/networks/create", create, BODY_JSON, NULL},
    {"POST", "/networks/*/connect", connect_container, BODY_JSON, NULL},
    {"POST", "/networks/*/disconnect", disconnect_container, BODY_JSON, NULL},
    {"GET", "/networks/*", inspect, BODY_NONE, NULL},
    {"DELETE", "/networks/*", delete, BODY_NONE, NULL},
    {0},
};
