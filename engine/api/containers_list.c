/* GET /containers/json: summaries, filters, limits. */
#include "api/containers.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/pattern.h"
#include "daemon/config.h"
#include "daemon/disk.h"
#include "daemon/health.h"
#include "daemon/instance.h"
#include "daemon/membership.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add_port(json_t *list, const char *address, const struct port_mapping *port)
{
    json_array_append_new(list, json_pack("{s:s, s:i, s:i, s:s}", "IP", address, "PrivatePort", port->container_port, "PublicPort",
                                          port->host_port, "Type", port->protocol));
}

/* Locked: is an exposed port ("80/tcp") published? */
static bool is_published(const struct endpoint *endpoint, const char *key)
{
    const char *slash = strchr(key, '/');
    for (size_t i = 0; i < endpoint->port_count; i++)
        if (endpoint->ports[i].container_port == atoi(key) && str_equal(endpoint->ports[i].protocol, slash ? slash + 1 : "tcp"))
            return true;
    return false;
}

json_t *container_ports(struct instance *instance)
{
    json_t *list = json_array(), *value;
    const char *key;
    pthread_mutex_lock(&instance->engine->lock);
    const struct endpoint *endpoint = instance_endpoint(instance);
    for (size_t i = 0; i < endpoint->port_count; i++) {
        add_port(list, endpoint->ports[i].host_address, &endpoint->ports[i]);
        if (endpoint->ports[i].also_ipv6)
            add_port(list, "::", &endpoint->ports[i]);
    }
    if (*endpoint->id) {
        json_object_foreach(json_object_get(instance->config, "ExposedPorts"), key, value)
        {
            const char *slash = strchr(key, '/');
            if (!is_published(endpoint, key))
                json_array_append_new(list, json_pack("{s:i, s:s}", "PrivatePort", atoi(key), "Type", slash ? slash + 1 : "tcp"));
        }
    }
    pthread_mutex_unlock(&instance->engine->lock);
    return list;
}

static bool name_matches(const struct instance *instance, const char *pattern)
{
    regex_t regex;
    pthread_mutex_lock(&instance->engine->lock); /* it may be renamed */
    cleanup_free char *with_slash = str_format("/%s", instance->name);
    pthread_mutex_unlock(&instance->engine->lock);
    if (!pattern_compile(&regex, pattern))
        return false;
    bool hit = regexec(&regex, with_slash + 1, 0, NULL, 0) == 0 || regexec(&regex, with_slash, 0, NULL, 0) == 0;
    regfree(&regex);
    return hit;
}

static bool id_matches(const struct instance *instance, const char *prefix) { return str_starts(instance->id, prefix); }

static bool label_matches(const struct instance *instance, const char *wanted)
{
    const char *equals = strchr(wanted, '=');
    cleanup_free char *key = equals ? xstrndup(wanted, (size_t)(equals - wanted)) : xstrdup(wanted);
    const char *value = json_string_value(json_object_get(json_object_get(instance->config, "Labels"), key));
    return value && (!equals || str_equal(value, equals + 1));
}

static bool status_matches(const struct instance *instance, const char *wanted)
{
    struct state state = instance_state((struct instance *)instance);
    bool hit = str_equal(state_status(&state), wanted);
    state_clear(&state);
    return hit;
}

static bool health_matches(const struct instance *instance, const char *wanted)
{
    struct state state = instance_state((struct instance *)instance);
    bool hit = str_equal(health_name(state.health), wanted);
    state_clear(&state);
    return hit;
}

static bool exited_matches(const struct instance *instance, const char *code)
{
    struct state state = instance_state((struct instance *)instance);
    bool hit = !state.running && state.started_ns && state.exit_code == atoi(code);
    state_clear(&state);
    return hit;
}

/* Are the layers of `below` the first ones of `above`? */
static bool built_on(const json_t *above, const json_t *below)
{
    const json_t *has = json_at(above, "rootfs.diff_ids"), *wanted = json_at(below, "rootfs.diff_ids");
    size_t count = json_array_size(wanted);
    for (size_t i = 0; i < count; i++)
        if (!json_equal(json_array_get(has, i), json_array_get(wanted, i)))
            return false;
    return count > 0;
}

/* The image itself, or one that it was made from. */
static bool ancestor_matches(const struct instance *instance, const char *image)
{
    struct image_store *images = instance->engine->images;
    struct error err = ERROR_INIT;
    char id[DIGEST_TEXT], own_id[DIGEST_TEXT];
    cleanup_json json_t *config = NULL, *own = NULL;
    if (image_find(images, image, id, &config, &err) < 0)
        return false;
    if (str_equal(id, instance->image_id))
        return true;
    return image_find(images, instance->image_id, own_id, &own, &err) == 0 && built_on(own, config);
}

static bool network_matches(const struct instance *instance, const char *wanted)
{
    cleanup_json json_t *host_config = instance_host_config((struct instance *)instance);
    cleanup_json json_t *settings = network_settings((struct instance *)instance, host_config, false);
    const char *name;
    json_t *network;
    json_object_foreach(json_object_get(settings, "Networks"), name, network)
    {
        const char *id = json_str(network, "NetworkID", "");
        if (str_equal(name, wanted) || (strlen(wanted) >= 12 && str_starts(id, wanted)))
            return true;
    }
    return false;
}

/* No container here is a task of a service. */
static bool is_task_matches(const struct instance *instance, const char *wanted)
{
    (void)instance;
    return str_equal(wanted, "false");
}

static bool volume_matches(const struct instance *instance, const char *wanted)
{
    const char *destination;
    json_t *mount;
    json_object_foreach(instance->mounts, destination, mount)
    {
        if (str_equal(destination, wanted) || str_equal(json_str(mount, "Name", ""), wanted) ||
            str_equal(json_str(mount, "Source", ""), wanted))
            return true;
    }
    return false;
}

/* "80", "80/udp", "8000-8010/tcp" */
struct port_range {
    long long first, last;
    const char *protocol;
};

static bool parse_range(const char *text, struct port_range *range)
{
    const char *slash = strchr(text, '/');
    cleanup_free char *numbers = xstrndup(text, strcspn(text, "/"));
    char *dash = strchr(numbers, '-');
    if (dash)
        *dash++ = '\0';
    range->protocol = slash && slash[1] ? slash + 1 : "tcp";
    if (!str_to_int(numbers, &range->first) || !str_to_int(dash ? dash : numbers, &range->last))
        return false;
    return range->first >= 0 && range->last <= 65535 && range->first <= range->last;
}

static bool port_in(const json_t *port, const char *key, const struct port_range *range)
{
    long long number = json_num(port, key, -1);
    return str_equal(json_str(port, "Type", ""), range->protocol) && number >= range->first && number <= range->last;
}

/* A published port is found by its number on either side. */
static bool publish_matches(const struct instance *instance, const char *wanted)
{
    cleanup_json json_t *ports = container_ports((struct instance *)instance);
    struct port_range range;
    size_t i;
    json_t *port;
    bool hit = false;
    if (!parse_range(wanted, &range))
        return false;
    json_array_foreach(ports, i, port)
    {
        hit |= json_object_get(port, "PublicPort") && (port_in(port, "PublicPort", &range) || port_in(port, "PrivatePort", &range));
    }
    return hit;
}

static bool expose_matches(const struct instance *instance, const char *wanted)
{
    cleanup_json json_t *ports = container_ports((struct instance *)instance);
    struct port_range range;
    size_t i;
    json_t *port;
    bool hit = false;
    if (!parse_range(wanted, &range))
        return false;
    json_array_foreach(ports, i, port) { hit |= port_in(port, "PrivatePort", &range); }
    return hit;
}

static const struct filter {
    const char *name;
    bool (*matches)(const struct instance *instance, const char *value);
    bool all; /* every value must match, not just one */
} filters_known[] = {
    {"name", name_matches, false},
    {"id", id_matches, false},
    {"label", label_matches, true},
    {"status", status_matches, false},
    {"exited", exited_matches, false},
    {"ancestor", ancestor_matches, false},
    {"network", network_matches, false},
    {"volume", volume_matches, false},
    {"publish", publish_matches, false},
    {"expose", expose_matches, false},
    {"health", health_matches, false},
    {"before", NULL, false},
    {"since", NULL, false},
    {"is-task", is_task_matches, false},
};

static int check_status(const char *value, struct error *err)
{
    static const char *const known[] = {"created", "running", "paused", "restarting", "removing", "exited", "dead"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_equal(value, known[i]))
            return 0;
    return error_set(err, EINVAL, "Invalid filter 'status=%s'", value);
}

static int check_health(const char *value, struct error *err)
{
    if (health_from_name(value) || str_equal(value, "none"))
        return 0;
    return error_set(err, EINVAL, "Unrecognised filter value for health: %s", value);
}

static int check_exited(const char *value, struct error *err)
{
    long long number;
    return str_to_int(value, &number) ? 0 : error_set(err, EIO, "strconv.Atoi: parsing \"%s\": invalid syntax", value);
}

static int check_port(const char *key, const char *value, struct error *err)
{
    struct port_range range;
    if (strchr(value, ':'))
        return error_set(err, EIO, "filter for '%s' should not contain ':': %s", key, value);
    if (parse_range(value, &range))
        return 0;
    return error_set(err, EIO, "error while looking up for %s %s: not a port or a range of ports", key, value);
}

static int check_publish(const char *value, struct error *err) { return check_port("publish", value, err); }
static int check_expose(const char *value, struct error *err) { return check_port("expose", value, err); }

static int check_is_task(const char *value, struct error *err)
{
    if (str_equal(value, "true") || str_equal(value, "false"))
        return 0;
    return error_set(err, EINVAL, "Invalid filter 'is-task=[%s]'", value);
}

static int check_values(const char *key, const json_t *values, struct error *err)
{
    static const struct {
        const char *key;
        int (*check)(const char *value, struct error *err);
    } checks[] = {{"status", check_status},   {"health", check_health}, {"exited", check_exited},
                  {"publish", check_publish}, {"expose", check_expose}, {"is-task", check_is_task}};
    size_t i;
    json_t *entry;
    json_array_foreach(values, i, entry)
    {
        const char *value = json_string_value(entry) ? json_string_value(entry) : "";
        for (size_t c = 0; c < ARRAY_LEN(checks); c++) {
            int rc = str_equal(checks[c].key, key) ? checks[c].check(value, err) : 0;
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

static int check_filters(const json_t *filters, struct error *err)
{
    const char *key;
    json_t *values;
    json_object_foreach((json_t *)filters, key, values)
    {
        bool known = false;
        for (size_t i = 0; i < ARRAY_LEN(filters_known); i++)
            known |= str_equal(filters_known[i].name, key);
        if (!known)
            return error_set(err, EINVAL, "Invalid filter '%s'", key);
        int rc = check_values(key, values, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static bool passes(const struct instance *instance, const json_t *filters)
{
    for (size_t i = 0; i < ARRAY_LEN(filters_known); i++) {
        const json_t *values = json_object_get(filters, filters_known[i].name);
        size_t hits = 0, j, count = json_array_size(values);
        json_t *value;
        if (!count || !filters_known[i].matches)
            continue;
        json_array_foreach(values, j, value)
        {
            hits += json_is_string(value) && filters_known[i].matches(instance, json_string_value(value));
        }
        if (filters_known[i].all ? hits < count : hits == 0)
            return false;
    }
    return true;
}

/* Creation time of the container that before= or since= names; 0 when the filter is not given. */
static int bound(struct request *request, const json_t *filters, const char *key, int64_t *ns, struct error *err)
{
    *ns = 0;
    const char *name = json_string_value(json_array_get(json_object_get(filters, key), 0));
    if (!name)
        return 0;
    cleanup_instance struct instance *instance = table_find(request->engine, name, err);
    if (!instance)
        return -err->code;
    *ns = instance->created_ns;
    return 0;
}

enum MHD_Result containers_list(struct request *request)
{
    struct error err = ERROR_INIT;
    long long limit;
    int64_t before, since;
    if (!query_number(request, "limit", 0, &limit, &err)) {
        err.code = EIO; /* 500, as dockerd */
        return reply_error(request, &err);
    }
    cleanup_json json_t *filters = query_filters(request, &err);
    if (!filters || check_filters(filters, &err) < 0)
        return reply_error(request, &err);
    if (bound(request, filters, "before", &before, &err) < 0 || bound(request, filters, "since", &since, &err) < 0)
        return reply_error(request, &err);
    bool all = query_flag(request, "all", false) || limit > 0 || filter_given(filters, "status");
    size_t count;
    struct instance **instances = table_all(request->engine, &count);
    bool size = query_flag(request, "size", false);
    long long listed = 0;
    struct buf out = BUF_INIT;
    struct summary_memo memo = {0};
    for (size_t i = count; i-- > 0;) { /* newest first */
        struct instance *instance = instances[i];
        struct state state = instance_state(instance);
        bool running = state.running;
        state_clear(&state);
        if (instance->sandbox || (!running && !all) || (before && instance->created_ns >= before) ||
            (since && instance->created_ns <= since))
            continue;
        if (!passes(instance, filters))
            continue;
        buf_putc(&out, listed ? ',' : '[');
        container_put_summary(&out, instance, size, &memo);
        if (++listed == limit)
            break;
    }
    buf_puts(&out, listed ? "]\n" : "[]\n");
    table_all_free(instances, count);
    return reply_json_text(request, 200, &out);
}
