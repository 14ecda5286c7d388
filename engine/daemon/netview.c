/* NetworkSettings: how a container's place on a network is told, on disk and through the API. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/disk.h"
#include "daemon/instance.h"
#include "daemon/membership.h"

#include <stdlib.h>

static void add_binding(json_t *ports, const struct port_mapping *mapping)
{
    char key[24], host_port[8];
    snprintf(key, sizeof key, "%u/%s", mapping->container_port, mapping->protocol);
    snprintf(host_port, sizeof host_port, "%u", mapping->host_port);
    json_t *list = json_object_get(ports, key);
    if (!json_is_array(list))
        json_object_set_new(ports, key, list = json_array());
    json_array_append_new(list, json_pack("{s:s, s:s}", "HostIp", mapping->host_address, "HostPort", host_port));
    if (mapping->also_ipv6)
        json_array_append_new(list, json_pack("{s:s, s:s}", "HostIp", "::", "HostPort", host_port));
}

/* Locked. Published ports, and exposed ones as null, of a container that is up. */
static json_t *ports_json(const struct instance *instance)
{
    json_t *ports = json_object(), *value;
    const char *key;
    const struct endpoint *endpoint = instance_endpoint(instance);
    if (!*endpoint->id || !ports_publishable(membership_gateway(instance)->network))
        return ports;
    json_object_foreach(json_object_get(instance->config, "ExposedPorts"), key, value) json_object_set_new(ports, key, json_null());
    for (size_t i = 0; i < endpoint->port_count; i++)
        add_binding(ports, &endpoint->ports[i]);
    return ports;
}

static void put_addresses(json_t *doc, const struct endpoint *endpoint)
{
    json_object_set_new(doc, "EndpointID", json_string(endpoint->id));
    json_object_set_new(doc, "Gateway", json_string(endpoint->gateway));
    json_object_set_new(doc, "IPAddress", json_string(endpoint->address));
    json_object_set_new(doc, "IPPrefixLen", json_integer(endpoint->prefix_len));
    json_object_set_new(doc, "IPv6Gateway", json_string(endpoint->gateway6));
    json_object_set_new(doc, "GlobalIPv6Address", json_string(endpoint->address6));
    json_object_set_new(doc, "GlobalIPv6PrefixLen", json_integer(endpoint->prefix_len6));
    json_object_set_new(doc, "MacAddress", json_string(endpoint->mac));
}

static void copy_setting(json_t *doc, const json_t *settings, const char *key)
{
    json_t *value = json_object_get(settings, key);
    bool empty = !value || (json_is_array(value) && !json_array_size(value)) || (json_is_object(value) && !json_object_size(value));
    if (empty)
        json_object_set_new(doc, key, json_null());
    else
        json_object_set(doc, key, value);
}

/* As asked, and the beginning of the id, which names every container on a network that people made. */
static void put_aliases(json_t *doc, const struct instance *instance, const struct membership *membership)
{
    copy_setting(doc, membership->settings, "Aliases");
    if (!*membership->network_id || str_equal(membership->name, "bridge"))
        return;
    json_t *aliases = json_object_get(membership->settings, "Aliases");
    aliases = json_is_array(aliases) ? json_copy(aliases) : json_array();
    json_array_append_new(aliases, json_sprintf("%.12s", instance->id));
    json_object_set_new(doc, "Aliases", aliases);
}

static json_t *membership_json(const struct instance *instance, const struct membership *membership, bool api)
{
    json_t *doc = json_object();
    copy_setting(doc, membership->settings, "IPAMConfig");
    copy_setting(doc, membership->settings, "Links");
    if (api)
        put_aliases(doc, instance, membership);
    else
        copy_setting(doc, membership->settings, "Aliases");
    json_object_set_new(doc, "NetworkID", json_string(membership->network_id));
    put_addresses(doc, &membership->endpoint);
    copy_setting(doc, membership->settings, "DriverOpts");
    return doc;
}

/* On host or none: a network without an address. */
static json_t *plain_json(const struct instance *instance, const char *id)
{
    json_t *doc = json_object();
    static const char *const nulls[] = {"IPAMConfig", "Links", "Aliases"};
    for (size_t i = 0; i < ARRAY_LEN(nulls); i++)
        json_object_set_new(doc, nulls[i], json_null());
    json_object_set_new(doc, "NetworkID", json_string(instance->state.running ? id : ""));
    put_addresses(doc, instance_endpoint(instance));
    json_object_set_new(doc, "DriverOpts", json_null());
    return doc;
}

/* The addresses once more, as of the days of one network, in the order of then. */
static void put_first_addresses(json_t *doc, const struct endpoint *endpoint)
{
    static const char *const order[] = {"EndpointID", "Gateway",     "GlobalIPv6Address", "GlobalIPv6PrefixLen",
                                        "IPAddress",  "IPPrefixLen", "IPv6Gateway",       "MacAddress"};
    cleanup_json json_t *addresses = json_object();
    put_addresses(addresses, endpoint);
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        json_object_set(doc, order[i], json_object_get(addresses, order[i]));
}

/* `plain`: the id of `host` or `none`, when it is on that. */
static json_t *networks_json(const struct instance *instance, const char *mode, const char *plain, bool api)
{
    json_t *networks = json_object();
    for (size_t i = 0; i < instance->membership_count; i++) {
        const struct membership *membership = instance->memberships[i];
        json_object_set_new(networks, membership->name, membership_json(instance, membership, api));
    }
    if (!instance->membership_count && plain)
        json_object_set_new(networks, mode, plain_json(instance, plain));
    return networks;
}

/* For the disk: what was asked for and has no place in the answers of this version of the API. */
static void keep_wishes(const struct instance *instance, json_t *networks)
{
    for (size_t i = 0; i < instance->membership_count; i++) {
        const struct membership *membership = instance->memberships[i];
        json_t *doc = json_object_get(networks, membership->name);
        json_object_set(doc, "GwPriority", json_object_get(membership->settings, "GwPriority"));
        json_object_set(doc, "SlipwayMacAddress", json_object_get(membership->settings, "MacAddress"));
    }
}

json_t *network_settings(struct instance *instance, const json_t *host_config, bool api)
{
    const char *mode = host_network_mode(host_config);
    struct engine *engine = instance->engine;
    bool plain = str_equal(mode, "host") || str_equal(mode, "none");
    cleanup_network struct network *network = plain ? networks_find(engine->networks, mode, NULL) : NULL;
    pthread_mutex_lock(&engine->lock);
    json_t *doc = json_object();
    json_object_set_new(doc, "Bridge", json_string(""));
    json_object_set_new(doc, "SandboxID", json_string(instance->sandbox_key));
    json_object_set_new(doc, "HairpinMode", json_false());
    json_object_set_new(doc, "LinkLocalIPv6Address", json_string(""));
    json_object_set_new(doc, "LinkLocalIPv6PrefixLen", json_integer(0));
    json_object_set_new(doc, "Ports", ports_json(instance));
    if (*instance->sandbox_key && instance->state.pid)
        json_object_set_new(doc, "SandboxKey", json_sprintf("/proc/%d/ns/net", (int)instance->state.pid));
    else
        json_object_set_new(doc, "SandboxKey", json_string(""));
    json_object_set_new(doc, "SecondaryIPAddresses", json_null());
    json_object_set_new(doc, "SecondaryIPv6Addresses", json_null());
    if (api)
        put_first_addresses(doc, instance_default_endpoint(instance));
    json_object_set_new(doc, "Networks", networks_json(instance, mode, network ? network_id(network) : NULL, api));
    if (!api)
        keep_wishes(instance, json_object_get(doc, "Networks"));
    pthread_mutex_unlock(&engine->lock);
    return doc;
}

json_t *network_list(struct instance *instance, const json_t *host_config)
{
    const char *mode = host_network_mode(host_config);
    bool plain = str_equal(mode, "host") || str_equal(mode, "none");
    cleanup_network struct network *network = plain ? networks_find(instance->engine->networks, mode, NULL) : NULL;
    pthread_mutex_lock(&instance->engine->lock);
    json_t *networks = networks_json(instance, mode, network ? network_id(network) : NULL, false);
    pthread_mutex_unlock(&instance->engine->lock);
    return networks;
}
