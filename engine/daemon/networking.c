/* A container's network while it starts, runs on and ends: which namespace it gets, its endpoints, and what is given back. */
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/disk.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/membership.h"
#include "daemon/settings.h"
#include "daemon/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *fd_path(int fd) { return str_format("/proc/%d/fd/%d", (int)getpid(), fd); }

static int open_namespace(struct instance *instance, struct error *err)
{
    pid_t pid = instance_running_pid(instance);
    if (!pid)
        return error_set(err, EBUSY, "Container %s is not running", instance->id);
    cleanup_free char *path = str_format("/proc/%d/ns/net", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? error_errno(err, errno, "open %s", path) : fd;
}

/* --- one endpoint --- */

/* dockerd's sentence around the network's own, which ends "Bind for 0.0.0.0:8080 failed: port is already allocated". */
static int explain(struct instance *instance, const struct endpoint *endpoint, struct error *err)
{
    return error_prefix(err, "driver failed programming external connectivity on endpoint %s (%s)", instance->name, endpoint->id);
}

/* Settings to what the network takes. */
static struct endpoint_wish wish_of(const struct membership *membership)
{
    return (struct endpoint_wish){.address = json_str(membership->settings, "IPAMConfig.IPv4Address", ""),
                                  .address6 = json_str(membership->settings, "IPAMConfig.IPv6Address", ""),
                                  .mac = json_str(membership->settings, "MacAddress", "")};
}

/* With an endpoint whose ports, namespace and route the caller has set. */
static int bring_up(struct instance *instance, struct membership *membership, struct network *network, struct endpoint *endpoint,
                    struct steps *log, struct error *err)
{
    struct engine *engine = instance->engine;
    int netns = endpoint->netns;
    struct endpoint_wish wish = wish_of(membership);
    const char *own_mac = json_str(instance->config, "MacAddress", "");
    if (str_empty(wish.mac))
        wish.mac = own_mac;
    id_generate(endpoint->id);
    snprintf(endpoint->container, sizeof endpoint->container, "%s", instance->id);
    snprintf(endpoint->name, sizeof endpoint->name, "%s", instance->name);
    int rc = membership_check(network, membership->settings, err);
    if (rc == 0)
        rc = network_attach(network, &wish, endpoint, log, err);
    if (rc == -EADDRINUSE && endpoint->port_count && !strstr(err->message, "driver failed"))
        rc = explain(instance, endpoint, err);
    if (rc < 0) {
        if (endpoint->netns == netns)
            endpoint->netns = -EBADF; /* the caller's */
        endpoint_free(endpoint);
        return rc;
    }
    int opened = endpoint->netns;
    endpoint->netns = -EBADF;
    pthread_mutex_lock(&engine->lock);
    endpoint_free(&membership->endpoint);
    membership->endpoint = *endpoint;
    membership->network = network_ref(network);
    membership->up = true;
    pthread_mutex_unlock(&engine->lock);
    return opened;
}

/* --- all of them --- */

/* The network of each membership; the one that will have the default route is marked. */
static int resolve(struct instance *instance, struct network **networks, size_t *gateway, struct error *err)
{
    *gateway = 0;
    for (size_t i = 0; i < instance->membership_count; i++) {
        networks[i] = networks_find(instance->engine->networks, instance->memberships[i]->name, err);
        if (!networks[i])
            return -err->code;
        bool internal = network_internal(networks[i]), so_far = network_internal(networks[*gateway]);
        if (internal == so_far ? strcmp(instance->memberships[i]->name, instance->memberships[*gateway]->name) < 0 : so_far)
            *gateway = i;
    }
    return 0;
}

static int attach_each(struct instance *instance, const json_t *host_config, struct network **networks, size_t gateway, int *netns,
                       struct steps *log, struct error *err)
{
    for (size_t i = 0; i < instance->membership_count; i++) {
        struct endpoint endpoint = {.netns = *netns, .no_route = i != gateway};
        int rc = i == gateway && !network_internal(networks[i]) ? ports_collect(instance, host_config, &endpoint, err) : 0;
        if (rc == 0)
            rc = bring_up(instance, instance->memberships[i], networks[i], &endpoint, log, err);
        if (rc < 0)
            return rc;
        *netns = rc;
    }
    return 0;
}

int memberships_attach(struct instance *instance, const json_t *host_config, char **path, struct error *err)
{
    struct engine *engine = instance->engine;
    struct network **networks = xcalloc(instance->membership_count + 1, sizeof *networks);
    size_t gateway;
    int netns = -EBADF;
    struct steps *log = steps_new();
    int rc = resolve(instance, networks, &gateway, err);
    if (rc == 0)
        rc = attach_each(instance, host_config, networks, gateway, &netns, log, err);
    steps_add_log(instance, "network", log);
    steps_free(log);
    networks_all_free(networks, instance->membership_count);
    pthread_mutex_lock(&engine->lock);
    instance->netns = netns;
    snprintf(instance->sandbox_key, sizeof instance->sandbox_key, "%.16s", instance_endpoint(instance)->id);
    pthread_mutex_unlock(&engine->lock);
    if (rc == 0)
        *path = fd_path(netns);
    return rc;
}

void memberships_adopt(struct instance *instance)
{
    for (size_t i = 0; i < instance->membership_count; i++) {
        struct membership *membership = instance->memberships[i];
        struct error err = ERROR_INIT;
        snprintf(membership->endpoint.container, sizeof membership->endpoint.container, "%s", instance->id);
        snprintf(membership->endpoint.name, sizeof membership->endpoint.name, "%s", instance->name);
        cleanup_close int netns = membership->up ? open_namespace(instance, NULL) : -EBADF;
        membership->endpoint.netns = netns; /* borrowed, should the wire be gone */
        if (membership->up && network_adopt(membership->network, &membership->endpoint, &err) < 0)
            log_warn("taking back the network %s of %.12s: %s", membership->name, instance->id, err.message);
    }
}

void memberships_detach(struct instance *instance)
{
    struct engine *engine = instance->engine;
    for (size_t i = 0; i < instance->membership_count; i++) {
        struct membership *membership = instance->memberships[i];
        pthread_mutex_lock(&engine->lock);
        struct endpoint endpoint = membership->endpoint;
        struct network *network = membership->network;
        membership->endpoint = (struct endpoint){.netns = -EBADF};
        membership->network = NULL;
        membership->up = false;
        pthread_mutex_unlock(&engine->lock);
        if (network)
            network_detach(network, &endpoint);
        endpoint_free(&endpoint);
        network_put(network);
    }
}

/* --- the namespace --- */

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
    fd_close(instance->netns);
    instance->netns = netns;
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
    if (str_starts(mode, "container:"))
        return join_container(instance, mode + strlen("container:"), path, err);
    if (!instance->membership_count)
        return attach_none(instance, path, err);
    return memberships_attach(instance, host_config, path, err);
}

void networking_entered(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    instance->netns = fd_close(instance->netns);
    pthread_mutex_unlock(&instance->engine->lock);
}

void networking_release(struct instance *instance)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&engine->lock);
    int netns = instance->netns;
    instance->netns = -EBADF;
    instance->sandbox_key[0] = '\0';
    pthread_mutex_unlock(&engine->lock);
    /* First the last reference to the namespace: its links go with it, and nobody has to delete them. */
    fd_close(netns);
    memberships_detach(instance);
}

/* --- while it runs --- */

/* Route and ports go from one endpoint to another. */
static int move_gateway(struct instance *instance, struct membership *from, struct membership *to, int netns, struct steps *log,
                        struct error *err)
{
    struct port_mapping *ports = NULL;
    size_t count = 0;
    if (from) {
        network_unpublish(from->network, &from->endpoint);
        ports = from->endpoint.ports, count = from->endpoint.port_count;
        from->endpoint.ports = NULL, from->endpoint.port_count = 0;
    }
    if (!to) {
        free(ports);
        return 0;
    }
    int rc = 0;
    pthread_mutex_lock(&instance->engine->lock);
    to->endpoint.ports = ports, to->endpoint.port_count = count;
    pthread_mutex_unlock(&instance->engine->lock);
    if (!from) {
        cleanup_json json_t *host_config = instance_host_config(instance);
        rc = ports_collect(instance, host_config, &to->endpoint, err);
    }
    if (rc == 0)
        rc = network_route(to->network, &to->endpoint, netns, log, err);
    return rc == 0 && !network_internal(to->network) ? network_publish(to->network, &to->endpoint, log, err) : rc;
}

static int connect_live(struct instance *instance, struct membership *membership, struct network *network, struct error *err)
{
    cleanup_close int netns = open_namespace(instance, err);
    if (netns < 0)
        return netns;
    struct steps *log = steps_new();
    struct endpoint endpoint = {.netns = netns, .no_route = true};
    struct membership *before = membership_gateway(instance);
    int rc = bring_up(instance, membership, network, &endpoint, log, err);
    if (rc >= 0) {
        struct membership *after = membership_gateway(instance);
        rc = after == before ? 0 : move_gateway(instance, before, after, netns, log, err);
    }
    steps_add_log(instance, "network", log);
    steps_free(log);
    return rc;
}

static int check_mode(struct instance *instance, const struct network *network, struct error *err)
{
    cleanup_json json_t *host_config = instance_host_config(instance);
    const char *mode = host_network_mode(host_config);
    if (str_equal(mode, "host") || str_equal(network_driver(network), "host"))
        return error_set(err, EPERM, "container cannot be disconnected from host network or connected to host network");
    if (str_starts(mode, "container:"))
        return error_set(
            err, EPERM,
            "container sharing network namespace with another container or host cannot be connected to any other network");
    return 0;
}

/* The network or what it is called may be what a membership remembers. */
static struct membership *member_of(const struct instance *instance, const struct network *network)
{
    struct membership *membership = membership_find(instance, network_name(network));
    return membership ? membership : membership_find(instance, network_id(network));
}

int membership_connect(struct instance *instance, struct network *network, const json_t *settings, struct error *err)
{
    struct engine *engine = instance->engine;
    int rc = check_mode(instance, network, err);
    if (rc < 0)
        return rc;
    cleanup_json json_t *host_config = instance_host_config(instance);
    if (str_equal(host_network_mode(host_config), "none") || str_equal(network_driver(network), "null"))
        return error_set(err, EPERM,
                         "container cannot be connected to multiple networks with one of the networks in private (none) mode");
    pthread_mutex_lock(&instance->op);
    if (member_of(instance, network))
        rc = error_set(err, EPERM, "endpoint with name %s already exists in network %s", instance->name, network_name(network));
    if (rc == 0)
        rc = membership_check(network, settings, err);
    if (rc == 0) {
        pthread_mutex_lock(&engine->lock);
        struct membership *membership = membership_new(instance, network_name(network), settings);
        pthread_mutex_unlock(&engine->lock);
        if (instance_running_pid(instance))
            rc = connect_live(instance, membership, network, err);
        if (rc < 0) {
            pthread_mutex_lock(&engine->lock);
            membership_drop(instance, membership);
            pthread_mutex_unlock(&engine->lock);
        }
    }
    if (rc == 0) {
        disk_note(instance);
        event_network_of(instance, network, "connect");
    }
    pthread_mutex_unlock(&instance->op);
    return rc;
}

static int disconnect_live(struct instance *instance, struct membership *membership, struct error *err)
{
    cleanup_close int netns = open_namespace(instance, NULL);
    struct steps *log = steps_new();
    bool was_gateway = membership == membership_gateway(instance);
    struct endpoint ports = {.ports = membership->endpoint.ports, .port_count = membership->endpoint.port_count};
    membership->endpoint.netns = netns; /* borrowed: where links without an end on this side are */
    network_unplug(membership->network, &membership->endpoint, log);
    membership->endpoint.netns = -EBADF;
    pthread_mutex_lock(&instance->engine->lock);
    membership->up = false;
    membership->endpoint.ports = NULL, membership->endpoint.port_count = 0;
    struct membership *after = membership_gateway(instance);
    if (after && was_gateway)
        after->endpoint.ports = ports.ports, after->endpoint.port_count = ports.port_count;
    pthread_mutex_unlock(&instance->engine->lock);
    int rc = 0;
    if (!after || !was_gateway)
        free(ports.ports);
    else if (netns >= 0)
        rc = network_route(after->network, &after->endpoint, netns, log, err);
    if (rc == 0 && after && was_gateway && !network_internal(after->network))
        rc = network_publish(after->network, &after->endpoint, log, err);
    steps_add_log(instance, "network", log);
    steps_free(log);
    return rc;
}

int membership_disconnect(struct instance *instance, struct network *network, bool force, struct error *err)
{
    struct engine *engine = instance->engine;
    int rc = check_mode(instance, network, err);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&instance->op);
    struct membership *membership = member_of(instance, network);
    if (!membership)
        rc = error_set(err, EPERM, "container %s is not connected to network %s", instance->id, network_name(network));
    if (membership && membership->up)
        rc = disconnect_live(instance, membership, err);
    if (membership && (rc == 0 || force)) {
        pthread_mutex_lock(&engine->lock);
        membership_drop(instance, membership);
        pthread_mutex_unlock(&engine->lock);
        disk_note(instance);
        event_network_of(instance, network, "disconnect");
        rc = 0;
    }
    pthread_mutex_unlock(&instance->op);
    return rc;
}
