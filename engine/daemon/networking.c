/* A container's network: which namespace it gets, which ports are published, and what is taken back afterwards. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/settings.h"
#include "daemon/steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    if (!str_equal(mapping->protocol, "tcp") && !str_equal(mapping->protocol, "udp"))
        return bad_port(err, text);
    mapping->container_port = (uint16_t)port;
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
        const char *host_port = json_str(binding, "HostPort", "");
        long long port = 0;
        if (*host_port && (!str_to_int(host_port, &port) || port < 0 || port > 65535))
            return bad_port(err, host_port);
        mapping.host_port = (uint16_t)port;
        /* No address is all of IPv4 and, where there is any, of IPv6. */
        snprintf(mapping.host_address, sizeof mapping.host_address, "%s", json_str(binding, "HostIp", ""));
        add_mapping(endpoint, &mapping);
    }
    return 0;
}

static int collect_ports(struct instance *instance, const json_t *host_config, struct endpoint *endpoint, struct error *err)
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

static char *fd_path(int fd) { return str_format("/proc/%d/fd/%d", (int)getpid(), fd); }

/* dockerd's sentence around the network's own, which ends "Bind for 0.0.0.0:8080 failed: port is already allocated". */
static int explain(struct instance *instance, const struct endpoint *endpoint, struct error *err)
{
    return error_prefix(err, "driver failed programming external connectivity on endpoint %s (%s)", instance->name, endpoint->id);
}

static int attach_bridge(struct instance *instance, const json_t *host_config, char **path, struct error *err)
{
    struct engine *engine = instance->engine;
    struct endpoint endpoint = {.netns = -EBADF};
    id_generate(endpoint.id);
    int rc = collect_ports(instance, host_config, &endpoint, err);
    default_address(engine, &endpoint);
    struct steps *log = steps_new();
    if (rc == 0) {
        rc = network_attach(engine->network, NULL, &endpoint, log, err);
        if (rc == -EADDRINUSE)
            rc = explain(instance, &endpoint, err);
    }
    steps_add_log(instance, "network", log);
    steps_free(log);
    if (rc < 0) {
        endpoint_free(&endpoint);
        return rc;
    }
    pthread_mutex_lock(&engine->lock);
    endpoint_free(&instance->endpoint);
    instance->endpoint = endpoint;
    instance->on_bridge = true;
    snprintf(instance->sandbox_key, sizeof instance->sandbox_key, "%.16s", endpoint.id);
    pthread_mutex_unlock(&engine->lock);
    *path = fd_path(endpoint.netns);
    return 0;
}

static int attach_none(struct instance *instance, char **path, struct error *err)
{
    struct engine *engine = instance->engine;
    struct steps *log = steps_new();
    int netns = -EBADF;
    int rc = network_namespace_new(log, &netns, err);
    steps_add_log(instance, "network", log);
    steps_free(log);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&engine->lock);
    fd_close(instance->endpoint.netns);
    instance->endpoint.netns = netns;
    snprintf(instance->sandbox_key, sizeof instance->sandbox_key, "%.16s", instance->id);
    pthread_mutex_unlock(&engine->lock);
    *path = fd_path(netns);
    return 0;
}

static int join_container(struct instance *instance, const char *id, char **path, struct error *err)
{
    cleanup_instance struct instance *other = table_find(instance->engine, id, err);
    if (!other)
        return -err->code;
    pid_t pid = instance_running_pid(other);
    if (!pid)
        return error_set(err, EBUSY, "cannot join network of a non running container: %s", other->id);
    *path = str_format("/proc/%d/ns/net", (int)pid);
    return 0;
}

int networking_attach(struct instance *instance, const json_t *host_config, char **path, struct error *err)
{
    const char *mode = host_network_mode(host_config);
    *path = NULL;
    if (str_equal(mode, "host"))
        return 0;
    if (str_equal(mode, "none"))
        return attach_none(instance, path, err);
    if (str_starts(mode, "container:"))
        return join_container(instance, mode + 10, path, err);
    if (!str_equal(mode, "bridge"))
        return error_set(err, ENOENT, "network %s not found", mode);
    return attach_bridge(instance, host_config, path, err);
}

void networking_release(struct instance *instance)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&engine->lock);
    struct endpoint endpoint = instance->endpoint;
    bool on_bridge = instance->on_bridge;
    instance->endpoint = (struct endpoint){.netns = -EBADF};
    instance->on_bridge = false;
    instance->sandbox_key[0] = '\0';
    pthread_mutex_unlock(&engine->lock);
    if (on_bridge)
        network_detach(engine->network, &endpoint);
    endpoint_free(&endpoint);
}
