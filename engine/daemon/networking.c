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
#include "daemon/release.h"
#include "daemon/resolving.h"
#include "daemon/settings.h"
#include "daemon/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *fd_path(int fd) { return str_format("/proc/%d/fd/%d", (int)getpid(), fd); }

int networking_namespace(struct instance *instance, struct error *err)
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
static int explain(const struct endpoint *endpoint, struct error *err)
{
    return error_prefix(err, "driver failed programming external connectivity on endpoint %s (%s)", endpoint->name, endpoint->id);
}

/* Settings to what the network takes. */
static struct endpoint_wish wish_of(const struct membership *membership)
{
    return (struct endpoint_wish){.address = json_str(membership->settings, "IPAMConfig.IPv4Address", ""),
                                  .address6 = json_str(membership->settings, "IPAMConfig.IPv6Address", ""),
                                  .mac = json_str(membership->settings, "MacAddress", "")};
}

/* Whether HostConfig.NetworkMode means this network. */
static bool is_own(struct instance *instance, struct network *network)
{
    cleanup_json json_t *host_config = instance_host_config(instance);
    cleanup_network struct network *own = networks_find(instance->engine->networks, host_network_mode(host_config), NULL);
    return own == network;
}

int membership_up(struct instance *instance, struct membership *membership, struct network *network, struct endpoint *endpoint,
                  struct steps *log, struct error *err)
{
    struct engine *engine = instance->engine;
    int netns = endpoint->netns;
    struct endpoint_wish wish = wish_of(membership);
    /* `run --mac-address` is for the network that the container was run on. */
    if (str_empty(wish.mac) && is_own(instance, network))
        wish.mac = json_str(instance->config, "MacAddress", "");
    id_generate(endpoint->id);
    snprintf(endpoint->container, sizeof endpoint->container, "%s", instance->id);
    pthread_mutex_lock(&engine->lock); /* it may be renamed */
    snprintf(endpoint->name, sizeof endpoint->name, "%s", instance->name);
    pthread_mutex_unlock(&engine->lock);
    int rc = membership_check(network, membership->settings, err);
    if (rc == 0)
        rc = network_attach(network, &wish, endpoint, log, err);
    if (rc == -EADDRINUSE && release_wait(engine, instance)) {
        *err = ERROR_INIT;
        rc = network_attach(network, &wish, endpoint, log, err);
    }
    if (rc == -EADDRINUSE && endpoint->port_count && !strstr(err->message, "driver failed"))
        rc = explain(endpoint, err);
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
    snprintf(membership->network_id, sizeof membership->network_id, "%s", network_id(network));
    pthread_mutex_unlock(&engine->lock);
    resolving_join(instance, membership);
    return opened;
}

/* --- all of them --- */

/* The network of each membership; the one that will have the default route is marked. */
static int resolve(struct instance *instance, struct network **networks, size_t *gateway, struct error *err)
{
    *gateway = 0;
    for (size_t i = 0; i < instance->membership_count; i++) {
        networks[i] = membership_network(instance, instance->memberships[i], err);
        if (!networks[i])
            return -err->code;
        if (membership_precedes(instance->memberships[i], networks[i], instance->memberships[*gateway], networks[*gateway]))
            *gateway = i;
    }
    return 0;
}

static int attach_each(struct instance *instance, const json_t *host_config, struct network **networks, size_t gateway, int *netns,
                       struct steps *log, struct error *err)
{
    for (size_t i = 0; i < instance->membership_count; i++) {
        struct endpoint endpoint = {.netns = *netns, .no_route = i != gateway};
        int rc = i == gateway && ports_publishable(networks[i]) ? ports_collect(instance, host_config, &endpoint, err) : 0;
        if (rc == 0)
            rc = membership_up(instance, instance->memberships[i], networks[i], &endpoint, log, err);
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
    if (rc == 0)
        resolving_begin(instance, host_config, netns, true, log);
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
        cleanup_close int netns = membership->up ? networking_namespace(instance, NULL) : -EBADF;
        membership->endpoint.netns = netns; /* borrowed, should the wire be gone */
        if (membership->up && network_adopt(membership->network, &membership->endpoint, &err) < 0)
            log_warn("taking back the network %s of %.12s: %s", membership->name, instance->id, err.message);
        if (membership->up)
            resolving_join(instance, membership);
    }
    cleanup_close int netns = networking_namespace(instance, NULL);
    if (netns >= 0)
        resolving_live(instance, netns, NULL);
}

void memberships_detach(struct instance *instance)
{
    struct engine *engine = instance->engine;
    for (size_t i = 0; i < instance->membership_count; i++) {
        struct membership *membership = instance->memberships[i];
        resolving_leave(instance, membership);
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
    /* First the last references to the namespace: its links go with it, and nobody has to delete them. */
    resolving_end(instance);
    fd_close(netns);
    memberships_detach(instance);
}
