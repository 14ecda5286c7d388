/* /slipway: what no other engine offers. Steps, the X-ray of a container, the overview for the UI. Sandboxes are in sandboxes.c. */
#include "api/archive.h"
#include "api/http.h"
#include "api/layers.h"
#include "api/overview.h"
#include "api/sandboxes.h"
#include "api/topology.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "daemon/membership.h"
#include "daemon/steps.h"
#include "observe/observe.h"
#include "runtime/defaults.h"

#include <errno.h>
#include <stdlib.h>

struct session {
    struct instance *instance;
    size_t next;
    int client, bell;
};

static void session_free(void *data)
{
    struct session *session = data;
    bell_leave(&session->instance->bell, &session->bell);
    instance_unref(session->instance);
    free(session);
}

static bool produce(void *data, struct buf *out)
{
    struct session *session = data;
    for (;;) {
        pthread_mutex_lock(&session->instance->engine->lock);
        bool removed = session->instance->removed;
        pthread_mutex_unlock(&session->instance->engine->lock);
        steps_read(session->instance, &session->next, "\n", out);
        if (out->len || removed)
            return !removed;
        if (bell_wait(session->bell, session->client, -1) == BELL_CLIENT_GONE)
            return false;
    }
}

static enum MHD_Result steps(struct request *request)
{
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    if (query_flag(request, "follow", false)) {
        struct session *session = xcalloc(1, sizeof *session);
        *session =
            (struct session){.instance = instance_ref(instance), .client = request->client, .bell = bell_join(&instance->bell)};
        return reply_stream(request, 200, "application/x-ndjson", produce, session_free, session);
    }
    cleanup_buf struct buf text = BUF_INIT, out = BUF_INIT;
    size_t next = 0;
    steps_read(instance, &next, ",", &text);
    if (text.len)
        text.data[--text.len] = '\0';
    buf_printf(&out, "[%s]\n", text.len ? text.data : "");
    return reply_text(request, 200, "application/json", out.data);
}

static enum MHD_Result all_steps(struct request *request)
{
    struct error err = ERROR_INIT;
    long long since;
    if (!query_number(request, "since", 0, &since, &err))
        return reply_error(request, &err);
    cleanup_buf struct buf text = BUF_INIT, out = BUF_INIT;
    uint64_t last = steps_read_ring(request->engine, since < 0 ? 0 : (uint64_t)since, &text);
    buf_printf(&out, "{\"seq\":%llu,\"steps\":[%s]}\n", (unsigned long long)last, text.data ? text.data : "");
    return reply_text(request, 200, "application/json", out.data);
}

static json_t *chains(pid_t pid, struct error *err) { return observe_chains(pid, NULL, err); }

/* 0 with an error when it does not run. */
static pid_t running_pid(struct instance *instance, struct error *err)
{
    struct state state = instance_state(instance);
    pid_t pid = state.pid;
    state_clear(&state);
    if (!pid)
        error_set(err, EBUSY, "Container %s is not running", instance->id);
    return pid;
}

static json_t *privileges_of(struct instance *instance, pid_t pid, struct error *err)
{
    cleanup_free char *path = path_join(instance->runtime, "config.json");
    cleanup_json json_t *spec = json_read_file(path, err), *usual = runtime_default_capabilities();
    return spec ? observe_privileges(pid, spec, usual, err) : NULL;
}

static enum MHD_Result privileges(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    pid_t pid = instance ? running_pid(instance, &err) : 0;
    json_t *doc = pid ? privileges_of(instance, pid, &err) : NULL;
    return !instance ? result : doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}

static enum MHD_Result xray(struct request *request, json_t *(*look)(pid_t pid, struct error *err))
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    pid_t pid = running_pid(instance, &err);
    json_t *doc = pid ? look(pid, &err) : NULL;
    return doc ? reply_json(request, 200, doc) : reply_error(request, &err);
}

static enum MHD_Result namespaces(struct request *request) { return xray(request, observe_namespaces); }
static enum MHD_Result cgroup(struct request *request) { return xray(request, observe_cgroup); }
static enum MHD_Result network(struct request *request) { return xray(request, observe_network); }
static enum MHD_Result signals(struct request *request) { return xray(request, observe_signals); }

/* The names of the networks that a container is on: {"na":true}. */
static json_t *networks_of(struct instance *instance)
{
    json_t *names = json_object();
    pthread_mutex_lock(&instance->engine->lock);
    for (size_t i = 0; i < instance->membership_count; i++)
        if (instance->memberships[i]->up)
            json_object_set_new(names, network_name(instance->memberships[i]->network), json_true());
    pthread_mutex_unlock(&instance->engine->lock);
    return names;
}

static bool mark_table(json_t *table, const json_t *names)
{
    size_t i, k;
    json_t *chain, *rule;
    bool any = false;
    json_array_foreach(json_object_get(table, "chains"), i, chain)
    {
        json_array_foreach(json_object_get(chain, "rules"), k, rule)
        {
            bool own = json_object_get(names, json_str(rule, "network", "")) != NULL;
            json_object_set_new(rule, "bridge", json_boolean(own));
            any = any || own;
        }
    }
    return any;
}

/* Rules about its networks are marked; of IPv6 only tables that have some are of interest. */
static void mark_rules(json_t *doc, const json_t *names)
{
    json_t *tables = json_object_get(doc, "tables");
    for (size_t i = json_array_size(tables); i-- > 0;) {
        json_t *table = json_array_get(tables, i);
        bool any = mark_table(table, names);
        if (!str_equal(json_str(table, "family", ""), "ip6"))
            continue;
        cleanup_free char *name = str_format("ip6 %s", json_str(table, "name", ""));
        json_object_set_new(table, "name", json_string(name));
        if (!any)
            json_array_remove(tables, i);
    }
}

/* A sandbox has chains of its own; what concerns an ordinary container is written in the host's, where its bridges are. */
static enum MHD_Result container_chains(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    if (instance->sandbox)
        return xray(request, chains);
    cleanup_json json_t *networks = topology_networks(request->engine), *names = networks_of(instance);
    json_t *doc = observe_rules(1, networks, &err);
    if (!doc)
        return reply_error(request, &err);
    mark_rules(doc, names);
    return reply_json(request, 200, doc);
}

const struct route slipway_routes[] = {
    {"GET", "/slipway/overview", overview, BODY_NONE, NULL},
    {"GET", "/slipway/steps", all_steps, BODY_NONE, NULL},
    {"GET", "/slipway/containers/*/steps", steps, BODY_NONE, NULL},
    {"GET", "/slipway/containers/*/layers", container_layers_show, BODY_NONE, NULL},
    {"GET", "/slipway/images/**/layers", image_layers_show, BODY_NONE, NULL},
    {"GET", "/slipway/containers/*/tree", container_tree_show, BODY_NONE, NULL},
    {"GET", "/slipway/images/**/tree", image_tree_show, BODY_NONE, NULL},
    {"GET", "/slipway/images/**/files", image_files, BODY_NONE, NULL},
    {"GET", "/slipway/containers/*/namespaces", namespaces, BODY_NONE, NULL},
    {"GET", "/slipway/containers/*/cgroup", cgroup, BODY_NONE, NULL},
    {"GET", "/slipway/containers/*/network", network, BODY_NONE, NULL},
    {"GET", "/slipway/containers/*/chains", container_chains, BODY_NONE, NULL},
    {"GET", "/slipway/containers/*/signals", signals, BODY_NONE, NULL},
    {"GET", "/slipway/containers/*/privileges", privileges, BODY_NONE, NULL},
    {"POST", "/slipway/containers/*/netns", netns_show, BODY_NONE, NULL},
    {"DELETE", "/slipway/containers/*/netns", netns_hide, BODY_NONE, NULL},
    {"GET", "/slipway/topology", topology, BODY_NONE, NULL},
    {"GET", "/slipway/chains", all_chains, BODY_NONE, NULL},
    {"POST", "/slipway/trace", trace_packet, BODY_JSON, NULL},
    {"GET", "/slipway/sandboxes", sandboxes_list, BODY_NONE, NULL},
    {"GET", "/slipway/sandboxes/abilities", sandboxes_abilities, BODY_NONE, NULL},
    {"POST", "/slipway/sandboxes", sandboxes_create, BODY_JSON, NULL},
    {"POST", "/slipway/sandboxes/*/engine", sandboxes_engine, BODY_NONE, NULL},
    {"POST", "/slipway/sandboxes/*/lease", sandboxes_lease, BODY_NONE, NULL},
    {"DELETE", "/slipway/sandboxes/*", sandboxes_delete, BODY_NONE, NULL},
    {0},
};
