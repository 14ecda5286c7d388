/* Which ports of a container are published: what HostConfig.PortBindings and --publish-all ask for. */
#include "daemon/membership.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int bad_port(struct error *err, const char *text)
{
    return error_set(err, EINVAL, "invalid port specification: \"%s\"", text);
}

/* "80/tcp" */
static int parse_container_port(const char *text, struct port_mapping *mapping, struct error *err)
{
    char number[8];
    long long port;
    const char *slash = strchr(text, '/');
    snprintf(number, sizeof number, "%.*s", slash ? (int)(slash - text) : (int)strlen(text), text);
    snprintf(mapping->protocol, sizeof mapping->protocol, "%s", slash ? slash + 1 : "tcp");
    if (!str_to_int(number, &port) || port < 1 || port > 65535)
        return bad_port(err, text);
    if (!str_equal(mapping->protocol, "tcp") && !str_equal(mapping->protocol, "udp") && !str_equal(mapping->protocol, "sctp"))
        return bad_port(err, text);
    mapping->container_port = (uint16_t)port;
    return 0;
}

/* "8080", "8000-8010", "" */
static int parse_host_port(const char *text, struct port_mapping *mapping, struct error *err)
{
    const char *dash = strchr(text, '-');
    cleanup_free char *low = xstrndup(text, dash ? (size_t)(dash - text) : strlen(text));
    long long from = 0, to = 0;
    if (!*text)
        return 0;
    if (!str_to_int(low, &from) || from < 0 || from > 65535)
        return bad_port(err, text);
    if (dash && (!str_to_int(dash + 1, &to) || from < 1 || to < from || to > 65535))
        return bad_port(err, text);
    mapping->host_port = (uint16_t)from;
    mapping->host_port_end = dash && to > from ? (uint16_t)to : 0;
    return 0;
}

static void add_mapping(struct endpoint *endpoint, const struct port_mapping *mapping)
{
    endpoint->ports = xrealloc(endpoint->ports, (endpoint->port_count + 1) * sizeof *endpoint->ports);
    endpoint->ports[endpoint->port_count++] = *mapping;
}

static int add_bindings(struct endpoint *endpoint, const char *key, const json_t *list, struct error *err)
{
    size_t i;
    json_t *binding;
    json_array_foreach(list, i, binding)
    {
        struct port_mapping mapping = {0};
        int rc = parse_container_port(key, &mapping, err);
        if (rc < 0)
            return rc;
        rc = parse_host_port(json_str(binding, "HostPort", ""), &mapping, err);
        if (rc < 0)
            return rc;
        /* No address is all of IPv4 and, where there is any, of IPv6. */
        snprintf(mapping.host_address, sizeof mapping.host_address, "%s", json_str(binding, "HostIp", ""));
        add_mapping(endpoint, &mapping);
    }
    return 0;
}

/* Ports that name no address of the host are published on the daemon's "ip". */
static void default_address(struct engine *engine, struct endpoint *endpoint)
{
    cleanup_json json_t *ip = engine_setting(engine, "ip");
    const char *address = json_string_value(ip);
    if (str_empty(address) || str_equal(address, "0.0.0.0"))
        return;
    for (size_t i = 0; i < endpoint->port_count; i++)
        if (!*endpoint->ports[i].host_address)
            snprintf(endpoint->ports[i].host_address, sizeof endpoint->ports[i].host_address, "%s", address);
}

static int collect(struct instance *instance, const json_t *host_config, struct endpoint *endpoint, struct error *err)
{
    const char *key;
    json_t *list;
    json_t *bindings = json_object_get(host_config, "PortBindings");
    json_object_foreach(bindings, key, list)
    {
        int rc = add_bindings(endpoint, key, list, err);
        if (rc < 0)
            return rc;
    }
    if (!json_flag(host_config, "PublishAllPorts", false))
        return 0;
    json_object_foreach(json_object_get(instance->config, "ExposedPorts"), key, list)
    {
        struct port_mapping mapping = {0};
        if (json_array_size(json_object_get(bindings, key)))
            continue;
        int rc = parse_container_port(key, &mapping, err);
        if (rc < 0)
            return rc;
        add_mapping(endpoint, &mapping);
    }
    return 0;
}

bool ports_publishable(const struct network *network)
{
    return !network_internal(network) && str_equal(network_driver(network), "bridge");
}

int ports_collect(struct instance *instance, const json_t *host_config, struct endpoint *endpoint, struct error *err)
{
    int rc = collect(instance, host_config, endpoint, err);
    default_address(instance->engine, endpoint);
    return rc;
}
