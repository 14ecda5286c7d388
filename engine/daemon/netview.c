/* NetworkSettings: how a container's place on a network is told, on disk and through the API. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/disk.h"
#include "daemon/instance.h"

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
    if (!instance->on_bridge)
        return ports;
    json_object_foreach(json_object_get(instance->config, "ExposedPorts"), key, value) json_object_set_new(ports, key, json_null());
    for (size_t i = 0; i < instance->endpoint.port_count; i++)
        add_binding(ports, &instance->endpoint.ports[i]);
    return ports;
}

static void put_addresses(json_t *doc, const struct endpoint *endpoint, bool up)
{
    json_object_set_new(doc, "EndpointID", json_string(up ? endpoint->id : ""));
    json_object_set_new(doc, "Gateway", json_string(up ? endpoint->gateway : ""));
    json_object_set_new(doc, "IPAddress", json_string(up ? endpoint->address : ""));
    json_object_set_new(doc, "IPPrefixLen", json_integer(up ? endpoint->prefix_len : 0));
    json_object_set_new(doc, "IPv6Gateway", json_string(""));
    json_object_set_new(doc, "GlobalIPv6Address", json_string(""));
    json_object_set_new(doc, "GlobalIPv6PrefixLen", json_integer(0));
    json_object_set_new(doc, "MacAddress", json_string(up ? endpoint->mac : ""));
}

static json_t *network_json(const struct instance *instance, const char *network_id)
{
    json_t *doc = json_object();
    json_object_set_new(doc, "IPAMConfig", json_null());
    json_object_set_new(doc, "Links", json_null());
    json_object_set_new(doc, "Aliases", json_null());
    json_object_set_new(doc, "NetworkID", json_string(network_id));
    put_addresses(doc, &instance->endpoint, instance->on_bridge);
    json_object_set_new(doc, "DriverOpts", json_null());
    return doc;
}

/* The addresses once more, as of the days of one network, in the order of then. */
static void put_first_addresses(json_t *doc, const struct endpoint *endpoint, bool up)
{
    static const char *const order[] = {"EndpointID", "Gateway",     "GlobalIPv6Address", "GlobalIPv6PrefixLen",
                                        "IPAddress",  "IPPrefixLen", "IPv6Gateway",       "MacAddress"};
    cleanup_json json_t *addresses = json_object();
    put_addresses(addresses, endpoint, up);
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        json_object_set(doc, order[i], json_object_get(addresses, order[i]));
}

json_t *network_settings(struct instance *instance, const json_t *host_config, bool api)
{
    const char *mode = host_network_mode(host_config);
    struct engine *engine = instance->engine;
    const char *id = str_equal(mode, "bridge") && engine->network ? network_id(engine->network) : "";
    pthread_mutex_lock(&engine->lock);
    json_t *doc = json_object(), *networks = json_object();
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
        put_first_addresses(doc, &instance->endpoint, instance->on_bridge && str_equal(mode, "bridge"));
    if (!str_starts(mode, "container:"))
        json_object_set_new(networks, mode, network_json(instance, instance->state.running ? id : ""));
    json_object_set_new(doc, "Networks", networks);
    pthread_mutex_unlock(&engine->lock);
    return doc;
}
