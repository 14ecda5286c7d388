/* Connecting a container to one more network, and disconnecting it, whether it runs or not. While it runs the default route and the
 * published ports move along with what is the gateway then. */
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/disk.h"
#include "daemon/etc.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/membership.h"
#include "daemon/resolving.h"
#include "daemon/steps.h"

#include <errno.h>
#include <stdlib.h>

/* --- the gateway --- */

/* Ports off an endpoint, which had better be the gateway's no more. The list is the caller's. */
static struct endpoint take_ports(struct instance *instance, struct membership *from)
{
    struct endpoint taken = {.netns = -EBADF};
    if (!from)
        return taken;
    if (from->endpoint.port_count)
        network_unpublish(from->network, &from->endpoint);
    pthread_mutex_lock(&instance->engine->lock);
    taken.ports = from->endpoint.ports, taken.port_count = from->endpoint.port_count;
    from->endpoint.ports = NULL, from->endpoint.port_count = 0;
    pthread_mutex_unlock(&instance->engine->lock);
    return taken;
}

/* Publish `ports` (taken over) on an endpoint that has none. */
static int put_ports(struct instance *instance, struct membership *to, struct endpoint *ports, struct steps *log, struct error *err)
{
    /* A copy, whose addresses and numbers are filled in while others look at the endpoint. */
    struct endpoint endpoint = to->endpoint;
    endpoint.ports = ports->ports, endpoint.port_count = ports->port_count;
    *ports = (struct endpoint){.netns = -EBADF};
    int rc = ports_publishable(to->network) && endpoint.port_count ? network_publish(to->network, &endpoint, log, err) : -ENODATA;
    if (rc < 0) {
        free(endpoint.ports);
        return rc == -ENODATA ? 0 : rc;
    }
    pthread_mutex_lock(&instance->engine->lock);
    to->endpoint.ports = endpoint.ports, to->endpoint.port_count = endpoint.port_count;
    pthread_mutex_unlock(&instance->engine->lock);
    return 0;
}

/* Route and ports go from one endpoint to another, both of which are up; either may be NULL. After a failure all is as it was, as
 * far as that can be had. */
static int move_gateway(struct instance *instance, struct membership *from, struct membership *to, int netns, struct steps *log,
                        struct error *err)
{
    cleanup_json json_t *host_config = instance_host_config(instance);
    struct endpoint ports = take_ports(instance, from);
    if (!to) {
        free(ports.ports);
        return 0;
    }
    int rc = 0;
    if (!ports.port_count && ports_publishable(to->network))
        rc = ports_collect(instance, host_config, &ports, err);
    struct endpoint again = {.netns = -EBADF, .port_count = ports.port_count};
    again.ports = xcalloc(ports.port_count + 1, sizeof *again.ports);
    for (size_t i = 0; i < ports.port_count; i++)
        again.ports[i] = ports.ports[i];
    if (rc == 0)
        rc = network_route(to->network, &to->endpoint, netns, log, err);
    if (rc == 0)
        rc = put_ports(instance, to, &ports, log, err);
    if (rc < 0 && from) {
        struct error local = ERROR_INIT;
        if (network_route(from->network, &from->endpoint, netns, log, &local) < 0 ||
            put_ports(instance, from, &again, log, &local) < 0)
            log_warn("giving the ports of %.12s back to %s: %s", instance->id, from->name, local.message);
    }
    free(ports.ports);
    free(again.ports);
    return rc;
}

/* The gateway if `without` were not there. */
static struct membership *gateway_without(struct instance *instance, struct membership *without)
{
    pthread_mutex_lock(&instance->engine->lock);
    bool up = without->up;
    without->up = false;
    struct membership *gateway = membership_gateway(instance);
    without->up = up;
    pthread_mutex_unlock(&instance->engine->lock);
    return gateway;
}

/* --- one endpoint more, or one less --- */

static void take_down(struct instance *instance, struct membership *membership, int netns, struct steps *log)
{
    struct engine *engine = instance->engine;
    resolving_leave(instance, membership);
    pthread_mutex_lock(&engine->lock);
    struct endpoint endpoint = membership->endpoint;
    struct network *network = membership->network;
    membership->endpoint = (struct endpoint){.netns = -EBADF};
    membership->network = NULL;
    membership->up = false;
    pthread_mutex_unlock(&engine->lock);
    endpoint.netns = netns; /* borrowed: where links without an end on this side are */
    network_unplug(network, &endpoint, log);
    hosts_drop_own(instance, endpoint.address);
    hosts_drop_own(instance, endpoint.address6);
    endpoint.netns = -EBADF;
    endpoint_free(&endpoint);
    network_put(network);
}

static int connect_live(struct instance *instance, struct membership *membership, struct network *network, struct steps *log,
                        struct error *err)
{
    cleanup_close int netns = networking_namespace(instance, err);
    if (netns < 0)
        return netns;
    struct endpoint endpoint = {.netns = netns, .no_route = true};
    struct membership *before = membership_gateway(instance);
    int rc = membership_up(instance, membership, network, &endpoint, log, err);
    if (rc < 0)
        return rc;
    rc = membership_gateway(instance) == before ? 0 : move_gateway(instance, before, membership, netns, log, err);
    if (rc < 0) {
        take_down(instance, membership, netns, log);
        return rc;
    }
    resolving_live(instance, netns, log);
    hosts_add_own(instance, membership->endpoint.address);
    hosts_add_own(instance, membership->endpoint.address6);
    return 0;
}

static int disconnect_live(struct instance *instance, struct membership *membership, bool force, struct steps *log,
                           struct error *err)
{
    /* It may have ended a moment ago; then nothing has to be moved, and the namespace is going away. */
    cleanup_close int netns = networking_namespace(instance, NULL);
    int rc = 0;
    if (netns >= 0 && membership == membership_gateway(instance))
        rc = move_gateway(instance, membership, gateway_without(instance, membership), netns, log, err);
    if (rc == 0 || force)
        take_down(instance, membership, netns, log);
    return force ? 0 : rc;
}

/* --- as asked --- */

/* With the operation's lock. */
static int check_container(struct instance *instance, const struct network *network, struct error *err)
{
    cleanup_json json_t *host_config = instance_host_config(instance);
    const char *mode = host_network_mode(host_config);
    pthread_mutex_lock(&instance->engine->lock);
    bool removed = instance->removed || instance->state.removing || instance->state.dead;
    pthread_mutex_unlock(&instance->engine->lock);
    if (removed)
        return error_set(err, EBUSY, "Container %s is marked for removal and cannot be connected or disconnected to the network",
                         instance->id);
    if (str_equal(mode, "host") || str_equal(network_driver(network), "host"))
        return error_set(err, EPERM, "container cannot be disconnected from host network or connected to host network");
    if (str_starts(mode, "container:"))
        return error_set(
            err, EPERM,
            "container sharing network namespace with another container or host cannot be connected to any other network");
    return 0;
}

static bool is_private(struct instance *instance)
{
    cleanup_json json_t *host_config = instance_host_config(instance);
    return str_equal(host_network_mode(host_config), "none");
}

static int check_private(struct instance *instance, const struct network *network, struct error *err)
{
    if (!is_private(instance) && !str_equal(network_driver(network), "null"))
        return 0;
    return error_set(err, EPERM,
                     "container cannot be connected to multiple networks with one of the networks in private (none) mode");
}

static void replace_settings(struct instance *instance, struct membership *membership, const json_t *settings)
{
    pthread_mutex_lock(&instance->engine->lock);
    json_decref(membership->settings);
    membership->settings = json_is_object(settings) ? json_deep_copy(settings) : json_object();
    pthread_mutex_unlock(&instance->engine->lock);
}

static void drop(struct instance *instance, struct membership *membership)
{
    pthread_mutex_lock(&instance->engine->lock);
    membership_drop(instance, membership);
    pthread_mutex_unlock(&instance->engine->lock);
}

static int add(struct instance *instance, struct network *network, const json_t *settings, bool running, struct error *err)
{
    struct engine *engine = instance->engine;
    /* One that was removed and had this name. */
    struct membership *stale = membership_find(instance, network_name(network));
    if (stale)
        drop(instance, stale);
    pthread_mutex_lock(&engine->lock);
    struct membership *membership = membership_new(instance, network_name(network), settings);
    snprintf(membership->network_id, sizeof membership->network_id, "%s", network_id(network));
    pthread_mutex_unlock(&engine->lock);
    if (!running)
        return 0;
    struct steps *log = steps_new();
    int rc = connect_live(instance, membership, network, log, err);
    steps_add_log(instance, "network", log);
    steps_free(log);
    if (rc < 0)
        drop(instance, membership);
    else
        event_network_of(instance, network, "connect");
    return rc;
}

/* With the operation's lock. */
static int connect_locked(struct instance *instance, struct network *network, const json_t *settings, struct error *err)
{
    struct membership *existing = membership_on(instance, network);
    bool running = instance_running_pid(instance) != 0;
    int rc = check_container(instance, network, err);
    if (rc == 0)
        rc = check_private(instance, network, err);
    if (rc == 0 && existing && running) {
        cleanup_free char *name = instance_name(instance);
        rc = error_set(err, EPERM, "endpoint with name %s already exists in network %s", name, network_name(network));
    }
    if (rc == 0)
        rc = membership_check(network, settings, err);
    if (rc == 0 && existing)
        replace_settings(instance, existing, settings);
    else if (rc == 0)
        rc = add(instance, network, settings, running, err);
    if (rc == 0)
        disk_note(instance);
    return rc;
}

int membership_connect(struct instance *instance, struct network *network, const json_t *settings, struct error *err)
{
    pthread_mutex_lock(&instance->op);
    int rc = connect_locked(instance, network, settings, err);
    pthread_mutex_unlock(&instance->op);
    return rc;
}

/* With the operation's lock. */
static int disconnect_locked(struct instance *instance, struct network *network, bool force, struct error *err)
{
    int rc = check_container(instance, network, err);
    if (rc < 0)
        return rc;
    struct membership *membership = membership_on(instance, network);
    if (!membership && str_equal(network_driver(network), "null") && is_private(instance))
        return error_set(err, EPERM, "container %s was made without a network, and stays so", instance->id);
    if (!membership)
        return error_set(err, EPERM, "container %s is not connected to %snetwork %s", instance->id,
                         instance_running_pid(instance) ? "" : "the ", network_name(network));
    if (membership->up) {
        struct steps *log = steps_new();
        rc = disconnect_live(instance, membership, force, log, err);
        steps_add_log(instance, "network", log);
        steps_free(log);
    }
    if (rc < 0)
        return rc;
    drop(instance, membership);
    disk_note(instance);
    event_network_of(instance, network, "disconnect");
    return 0;
}

int membership_disconnect(struct instance *instance, struct network *network, bool force, struct error *err)
{
    pthread_mutex_lock(&instance->op);
    int rc = disconnect_locked(instance, network, force, err);
    pthread_mutex_unlock(&instance->op);
    return rc;
}

int membership_forget(struct instance *instance, const char *name, struct error *err)
{
    pthread_mutex_lock(&instance->op);
    struct membership *membership = membership_find(instance, name);
    int rc = membership && !membership->up
                 ? 0
                 : error_set(err, EPERM, "container %s is not connected to the network %s", instance->id, name);
    if (rc == 0) {
        drop(instance, membership);
        disk_note(instance);
    }
    pthread_mutex_unlock(&instance->op);
    return rc;
}
