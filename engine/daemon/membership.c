/* The list of a container's networks: read from a request or from disk, searched, freed. */
#include "daemon/membership.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/instance.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct endpoint no_endpoint = {.netns = -EBADF};

/* --- the list --- */

struct membership *membership_new(struct instance *instance, const char *name, const json_t *settings)
{
    struct membership *membership = xcalloc(1, sizeof *membership);
    membership->name = xstrdup(name);
    membership->settings = json_is_object(settings) ? json_deep_copy(settings) : json_object();
    membership->endpoint = no_endpoint;
    size_t count = instance->membership_count;
    instance->memberships = xrealloc(instance->memberships, (count + 1) * sizeof *instance->memberships);
    instance->memberships[instance->membership_count++] = membership;
    return membership;
}

static void membership_free(struct membership *membership)
{
    free(membership->name);
    json_decref(membership->settings);
    endpoint_free(&membership->endpoint);
    network_put(membership->network);
    free(membership);
}

void membership_drop(struct instance *instance, struct membership *membership)
{
    size_t i = 0;
    while (i < instance->membership_count && instance->memberships[i] != membership)
        i++;
    if (i == instance->membership_count)
        return;
    instance->membership_count--;
    memmove(instance->memberships + i, instance->memberships + i + 1,
            (instance->membership_count - i) * sizeof *instance->memberships);
    membership_free(membership);
}

void memberships_free(struct instance *instance)
{
    for (size_t i = 0; i < instance->membership_count; i++)
        membership_free(instance->memberships[i]);
    free(instance->memberships);
    instance->memberships = NULL;
    instance->membership_count = 0;
}

struct membership *membership_find(const struct instance *instance, const char *network)
{
    for (size_t i = 0; i < instance->membership_count; i++)
        if (str_equal(instance->memberships[i]->name, network))
            return instance->memberships[i];
    return NULL;
}

static bool comes_first(const struct membership *one, const struct membership *other)
{
    bool internal = network_internal(one->network);
    if (internal != network_internal(other->network))
        return !internal;
    return strcmp(one->name, other->name) < 0;
}

struct membership *membership_gateway(const struct instance *instance)
{
    struct membership *gateway = NULL;
    for (size_t i = 0; i < instance->membership_count; i++) {
        struct membership *membership = instance->memberships[i];
        if (membership->up && (!gateway || comes_first(membership, gateway)))
            gateway = membership;
    }
    return gateway;
}

const struct endpoint *instance_endpoint(const struct instance *instance)
{
    const struct membership *gateway = membership_gateway(instance);
    return gateway ? &gateway->endpoint : &no_endpoint;
}

const struct endpoint *instance_default_endpoint(const struct instance *instance)
{
    for (size_t i = 0; i < instance->membership_count; i++)
        if (instance->memberships[i]->up && network_is_default(instance->memberships[i]->network))
            return &instance->memberships[i]->endpoint;
    return &no_endpoint;
}

/* --- from a request --- */

static int check_address(const json_t *settings, const char *key, int family, const char *what, struct error *err)
{
    unsigned char unused[sizeof(struct in6_addr)];
    const char *text = json_str(settings, key, "");
    return !*text || inet_pton(family, text, unused) == 1 ? 0 : error_set(err, EINVAL, "invalid %s address: %s", what, text);
}

static int check_default(const json_t *settings, struct error *err)
{
    if (*json_str(settings, "IPAMConfig.IPv4Address", "") || *json_str(settings, "IPAMConfig.IPv6Address", ""))
        return error_set(err, EINVAL, "user specified IP address is supported on user defined networks only");
    if (json_array_size(json_object_get(settings, "Aliases")))
        return error_set(err, EINVAL, "network-scoped alias is supported only for containers in user defined networks");
    return 0;
}

int membership_check(const struct network *network, const json_t *settings, struct error *err)
{
    if (check_address(settings, "IPAMConfig.IPv4Address", AF_INET, "IPv4", err) < 0 ||
        check_address(settings, "IPAMConfig.IPv6Address", AF_INET6, "IPv6", err) < 0)
        return -EINVAL;
    if (!network)
        return 0;
    if (network_is_default(network))
        return check_default(settings, err);
    bool wanted = *json_str(settings, "IPAMConfig.IPv4Address", "") || *json_str(settings, "IPAMConfig.IPv6Address", "");
    if (wanted && !network_has_own_subnet(network))
        return error_set(err, EINVAL,
                         "user specified IP address is supported only when connecting to networks with user configured subnets");
    return 0;
}

static int check_one(struct instance *instance, const char *name, const json_t *settings, struct error *err)
{
    cleanup_network struct network *network = networks_find(instance->engine->networks, name, NULL);
    return membership_check(network, settings, err);
}

static const char *network_called(const char *key) { return str_equal(key, "default") ? "bridge" : key; }

int memberships_parse(struct instance *instance, const json_t *request, struct error *err)
{
    const char *mode = host_network_mode(instance->host_config), *key;
    json_t *endpoints = json_at(request, "NetworkingConfig.EndpointsConfig"), *settings;
    if (json_object_size(endpoints) > 1) {
        cleanup_strv char **names = NULL;
        json_object_foreach(endpoints, key, settings) strv_add(&names, key);
        cleanup_free char *joined = strv_join(names, ", ");
        return error_set(err, EINVAL, "Container cannot be connected to network endpoints: %s", joined);
    }
    bool plain = str_equal(mode, "host") || str_equal(mode, "none") || str_starts(mode, "container:");
    if (!plain)
        membership_new(instance, mode, NULL);
    json_object_foreach(endpoints, key, settings)
    {
        const char *name = network_called(key);
        int rc = check_one(instance, name, settings, err);
        if (rc < 0)
            return rc;
        if (plain)
            continue;
        struct membership *membership = membership_find(instance, name);
        if (!membership)
            membership = membership_new(instance, name, NULL);
        if (json_is_object(settings)) {
            json_decref(membership->settings);
            membership->settings = json_deep_copy(settings);
        }
    }
    return 0;
}

/* --- on disk --- */

static json_t *endpoint_json(const struct membership *membership)
{
    const struct endpoint *endpoint = &membership->endpoint;
    json_t *ports = json_array();
    for (size_t i = 0; i < endpoint->port_count; i++) {
        const struct port_mapping *port = &endpoint->ports[i];
        json_array_append_new(ports, json_pack("{s:s, s:s, s:i, s:i, s:b}", "Proto", port->protocol, "HostIP", port->host_address,
                                               "HostPort", port->host_port, "Port", port->container_port, "IPv6", port->also_ipv6));
    }
    return json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:o}", "ID", endpoint->id, "NetworkID",
                     network_id(membership->network), "Address", endpoint->address, "PrefixLen", endpoint->prefix_len, "Gateway",
                     endpoint->gateway, "Address6", endpoint->address6, "PrefixLen6", endpoint->prefix_len6, "Gateway6",
                     endpoint->gateway6, "Mac", endpoint->mac, "Link", endpoint->link, "HostLink", endpoint->host_link, "Ports",
                     ports);
}

json_t *memberships_endpoints_json(const struct instance *instance)
{
    json_t *document = json_object();
    for (size_t i = 0; i < instance->membership_count; i++)
        if (instance->memberships[i]->up)
            json_object_set_new(document, instance->memberships[i]->name, endpoint_json(instance->memberships[i]));
    return document;
}

static void take_text(char *out, size_t room, const json_t *document, const char *key)
{
    snprintf(out, room, "%s", json_str(document, key, ""));
}

static void load_endpoint(struct instance *instance, struct membership *membership, const json_t *document)
{
    struct endpoint *endpoint = &membership->endpoint;
    take_text(endpoint->id, sizeof endpoint->id, document, "ID");
    take_text(endpoint->address, sizeof endpoint->address, document, "Address");
    take_text(endpoint->gateway, sizeof endpoint->gateway, document, "Gateway");
    take_text(endpoint->address6, sizeof endpoint->address6, document, "Address6");
    take_text(endpoint->gateway6, sizeof endpoint->gateway6, document, "Gateway6");
    endpoint->prefix_len6 = (int)json_num(document, "PrefixLen6", 0);
    take_text(endpoint->mac, sizeof endpoint->mac, document, "Mac");
    take_text(endpoint->link, sizeof endpoint->link, document, "Link");
    take_text(endpoint->host_link, sizeof endpoint->host_link, document, "HostLink");
    endpoint->prefix_len = (int)json_num(document, "PrefixLen", 0);
    const json_t *ports = json_at(document, "Ports");
    endpoint->port_count = json_array_size(ports);
    endpoint->ports = xcalloc(endpoint->port_count + 1, sizeof *endpoint->ports);
    for (size_t i = 0; i < endpoint->port_count; i++) {
        const json_t *port = json_array_get(ports, i);
        struct port_mapping *mapping = &endpoint->ports[i];
        snprintf(mapping->protocol, sizeof mapping->protocol, "%s", json_str(port, "Proto", "tcp"));
        snprintf(mapping->host_address, sizeof mapping->host_address, "%s", json_str(port, "HostIP", "0.0.0.0"));
        mapping->host_port = (uint16_t)json_num(port, "HostPort", 0);
        mapping->container_port = (uint16_t)json_num(port, "Port", 0);
        mapping->also_ipv6 = json_flag(port, "IPv6", false);
    }
    membership->network = networks_find(instance->engine->networks, json_str(document, "NetworkID", ""), NULL);
    membership->up = membership->network;
}

void memberships_load(struct instance *instance, const json_t *document)
{
    const char *name;
    json_t *settings;
    json_object_foreach(json_at(document, "NetworkSettings.Networks"), name, settings)
    {
        if (str_equal(name, "host") || str_equal(name, "none"))
            continue;
        struct membership *membership = membership_new(instance, name, settings);
        const json_t *endpoint = json_object_get(json_at(document, "SlipwayEndpoints"), name);
        if (endpoint)
            load_endpoint(instance, membership, endpoint);
    }
}
