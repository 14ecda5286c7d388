/* The list of a container's networks: read from a request or from disk, searched, freed. */
#include "daemon/membership.h"

#include "base/json.h"
#include "base/log.h"
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

struct membership *membership_on(const struct instance *instance, const struct network *network)
{
    for (size_t i = 0; i < instance->membership_count; i++) {
        struct membership *membership = instance->memberships[i];
        if (*membership->network_id ? str_equal(membership->network_id, network_id(network))
                                    : str_equal(membership->name, network_name(network)))
            return membership;
    }
    return NULL;
}

bool membership_precedes(const struct membership *one, const struct network *its, const struct membership *other,
                         const struct network *others)
{
    if (network_internal(its) != network_internal(others))
        return network_internal(others);
    long long priority = json_num(one->settings, "GwPriority", 0), than = json_num(other->settings, "GwPriority", 0);
    return priority != than ? priority > than : strcmp(one->name, other->name) < 0;
}

struct membership *membership_gateway(const struct instance *instance)
{
    struct membership *gateway = NULL;
    for (size_t i = 0; i < instance->membership_count; i++) {
        struct membership *membership = instance->memberships[i];
        if (membership->up && (!gateway || membership_precedes(membership, membership->network, gateway, gateway->network)))
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

struct network *membership_network(const struct instance *instance, const struct membership *membership, struct error *err)
{
    const char *name = *membership->network_id ? membership->network_id : membership->name;
    return networks_find(instance->engine->networks, name, err);
}

/* The networks' own lock may be held for long: looked for without ours. */
struct network **instance_networks(struct instance *instance, size_t *count)
{
    struct engine *engine = instance->engine;
    cleanup_strv char **wanted = NULL;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < instance->membership_count; i++) {
        const struct membership *membership = instance->memberships[i];
        strv_add(&wanted, *membership->network_id ? membership->network_id : membership->name);
    }
    const char *mode = host_network_mode(instance->host_config);
    if (!wanted && (str_equal(mode, "host") || str_equal(mode, "none")))
        strv_add(&wanted, mode);
    pthread_mutex_unlock(&engine->lock);
    struct network **all = xcalloc(strv_len(wanted) + 1, sizeof(struct network *));
    *count = 0;
    for (char **name = wanted; name && *name; name++)
        if ((all[*count] = networks_find(engine->networks, *name, NULL)))
            ++*count;
    return all;
}

/* --- from a request --- */

static int check_address(const json_t *settings, const char *key, int family, const char *what, struct error *err)
{
    unsigned char unused[sizeof(struct in6_addr)];
    const char *text = json_str(settings, key, "");
    return !*text || inet_pton(family, text, unused) == 1 ? 0 : error_set(err, EINVAL, "invalid %s address: %s", what, text);
}

/* What Docker has for later versions of the API, or for drivers that are not here. */
static int check_unsupported(const json_t *settings, struct error *err)
{
    const char *key;
    json_t *value;
    if (json_array_size(json_at(settings, "IPAMConfig.LinkLocalIPs")))
        return error_set(err, EINVAL, "link-local addresses (--link-local-ip) are not supported");
    json_object_foreach(json_object_get(settings, "DriverOpts"), key, value)
    {
        if (str_starts(key, "com.docker.network.endpoint."))
            return error_set(err, EINVAL, "driver option %s is not supported", key);
    }
    return 0;
}

static int check_predefined(const struct network *network, const json_t *settings, bool addresses, struct error *err)
{
    if (addresses)
        return error_set(err, EINVAL, "user specified IP address is supported on user defined networks only");
    if (network_is_default(network) && json_array_size(json_object_get(settings, "Aliases")))
        return error_set(err, EINVAL, "network-scoped alias is supported only for containers in user defined networks");
    return 0;
}

int membership_check(const struct network *network, const json_t *settings, struct error *err)
{
    if (check_address(settings, "IPAMConfig.IPv4Address", AF_INET, "IPv4", err) < 0 ||
        check_address(settings, "IPAMConfig.IPv6Address", AF_INET6, "IPv6", err) < 0 || check_unsupported(settings, err) < 0)
        return -EINVAL;
    bool wanted = *json_str(settings, "IPAMConfig.IPv4Address", "") || *json_str(settings, "IPAMConfig.IPv6Address", "");
    if (network && network_predefined(network))
        return check_predefined(network, settings, wanted, err);
    if (network && wanted && !network_has_own_subnet(network))
        return error_set(err, EINVAL,
                         "user specified IP address is supported only when connecting to networks with user configured subnets");
    return 0;
}

/* Docker's names for the default network, an id, or the beginning of one: all are the network's name. Allocated. */
static char *network_called(struct engine *engine, const char *key)
{
    cleanup_network struct network *network = networks_find(engine->networks, str_equal(key, "default") ? "bridge" : key, NULL);
    return xstrdup(network ? network_name(network) : key);
}

static bool is_plain(const char *mode)
{
    return str_equal(mode, "host") || str_equal(mode, "none") || str_starts(mode, "container:");
}

/* Several at once are for networks that people made. */
static int check_several(struct engine *engine, const json_t *endpoints, struct error *err)
{
    const char *key;
    json_t *settings;
    cleanup_strv char **names = NULL;
    bool fine = true;
    json_object_foreach((json_t *)endpoints, key, settings)
    {
        cleanup_free char *name = network_called(engine, key);
        fine &= !is_plain(name) && !str_equal(name, "bridge");
        strv_add(&names, key);
    }
    if (fine || strv_len(names) < 2)
        return 0;
    cleanup_free char *joined = strv_join(names, ", ");
    return error_set(err, EINVAL, "Container cannot be connected to network endpoints: %s", joined);
}

static int take_settings(struct instance *instance, const char *name, const json_t *settings, bool plain, struct error *err)
{
    cleanup_network struct network *network = networks_find(instance->engine->networks, name, NULL);
    int rc = membership_check(network, settings, err);
    if (rc < 0 || plain)
        return rc;
    struct membership *membership = membership_find(instance, name);
    if (!membership)
        membership = membership_new(instance, name, NULL);
    if (json_is_object(settings)) {
        json_decref(membership->settings);
        membership->settings = json_deep_copy(settings);
    }
    return 0;
}

int memberships_parse(struct instance *instance, const json_t *request, struct error *err)
{
    struct engine *engine = instance->engine;
    const char *mode = host_network_mode(instance->host_config), *key;
    json_t *endpoints = json_at(request, "NetworkingConfig.EndpointsConfig"), *settings;
    bool plain = is_plain(mode);
    int rc = check_several(engine, endpoints, err);
    if (rc == 0 && !plain) {
        cleanup_free char *name = network_called(engine, mode);
        membership_new(instance, name, NULL);
    }
    json_object_foreach(endpoints, key, settings)
    {
        cleanup_free char *name = network_called(engine, key);
        if (rc == 0)
            rc = take_settings(instance, name, settings, plain, err);
    }
    return rc;
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
    if (!membership->up)
        log_warn("the network %s of container %s is gone", membership->name, instance->name);
}

/* Of what is kept, that which was asked for; the rest is how it was when it was last written. */
static json_t *asked_settings(const json_t *kept)
{
    static const char *const keys[] = {"IPAMConfig", "Links", "Aliases", "DriverOpts", "GwPriority"};
    json_t *asked = json_object();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (json_object_get(kept, keys[i]))
            json_object_set(asked, keys[i], json_object_get(kept, keys[i]));
    const char *mac = json_str(kept, "SlipwayMacAddress", "");
    if (*mac)
        json_object_set_new(asked, "MacAddress", json_string(mac));
    return asked;
}

void memberships_load(struct instance *instance, const json_t *document)
{
    const char *name;
    json_t *settings;
    json_object_foreach(json_at(document, "NetworkSettings.Networks"), name, settings)
    {
        if (str_equal(name, "host") || str_equal(name, "none"))
            continue;
        cleanup_json json_t *asked = asked_settings(settings);
        struct membership *membership = membership_new(instance, name, asked);
        take_text(membership->network_id, sizeof membership->network_id, settings, "NetworkID");
        const json_t *endpoint = json_object_get(json_at(document, "SlipwayEndpoints"), name);
        if (endpoint)
            load_endpoint(instance, membership, endpoint);
    }
}
