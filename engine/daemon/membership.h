/* A container's places on networks. Each is kept from the moment it was asked for (create, `network connect`) until it is given up;
 * while the container runs it has an endpoint. The list is an instance's own, in the order of joining; the first is the one of
 * HostConfig.NetworkMode. Changed under the instance's `op` lock, and under the engine's lock; read under either.
 *
 * The default route, and with it the published ports, belong to the gateway: of the endpoints that are up the first by name, those
 * of networks with a way out before those without, as libnetwork has it.
 */
#ifndef SLIPWAY_DAEMON_MEMBERSHIP_H
#define SLIPWAY_DAEMON_MEMBERSHIP_H

#include "daemon/engine.h"

struct membership {
    char *name;              /* the network's, as it was called when it was asked for */
    struct network *network; /* a reference, while up */
    json_t *settings;        /* EndpointSettings as asked for: IPAMConfig, Links, Aliases, MacAddress, DriverOpts */
    bool up;
    struct endpoint endpoint; /* while up */
};

/* From NetworkMode and NetworkingConfig.EndpointsConfig of a create request, checked. Nothing for host, none and container:. */
int memberships_parse(struct instance *instance, const json_t *request, struct error *err);
void memberships_free(struct instance *instance);

/* Add one to the list, or take it out and free it; with both locks. */
struct membership *membership_new(struct instance *instance, const char *name, const json_t *settings);
void membership_drop(struct instance *instance, struct membership *membership);

/* As config.v2.json has them ("NetworkSettings.Networks" and "SlipwayEndpoints"), and back. */
json_t *memberships_endpoints_json(const struct instance *instance); /* locked */
void memberships_load(struct instance *instance, const json_t *document);

/* Locked. NULL when there is none. */
struct membership *membership_find(const struct instance *instance, const char *network);
struct membership *membership_gateway(const struct instance *instance);
/* Locked. The gateway's endpoint, or an empty one. */
const struct endpoint *instance_endpoint(const struct instance *instance);
/* Locked. The endpoint on the default bridge, or an empty one. */
const struct endpoint *instance_default_endpoint(const struct instance *instance);

/* All of them up in one namespace, whose path /proc can open; or down again. */
int memberships_attach(struct instance *instance, const json_t *host_config, char **path, struct error *err);
void memberships_adopt(struct instance *instance); /* by a new daemon, of a container that runs on */
void memberships_detach(struct instance *instance);

/* POST /networks/{id}/connect and disconnect; `settings` may be NULL. */
int membership_connect(struct instance *instance, struct network *network, const json_t *settings, struct error *err);
int membership_disconnect(struct instance *instance, struct network *network, bool force, struct error *err);

/* Addresses and aliases that a wish may hold, by the rules of `network`. */
int membership_check(const struct network *network, const json_t *settings, struct error *err);

/* Published ports of a HostConfig; networking_ports.c */
int ports_collect(struct instance *instance, const json_t *host_config, struct endpoint *endpoint, struct error *err);

#endif
