/* A container's places on networks. Each is kept from the moment it was asked for (create, `network connect`) until it is given up;
 * while the container runs it has an endpoint. The list is an instance's own, in the order of joining; the first is the one of
 * HostConfig.NetworkMode until that is given up. Changed under the instance's `op` lock, and under the engine's lock; read under
 * either.
 *
 * The default route, and with it the published ports, belong to the gateway: of the endpoints that are up, those of networks with a
 * way out come before those without, then the higher GwPriority, then the first by name, as libnetwork has it. An internal network,
 * macvlan or ipvlan publishes nothing, even as the gateway's.
 */
#ifndef SLIPWAY_DAEMON_MEMBERSHIP_H
#define SLIPWAY_DAEMON_MEMBERSHIP_H

#include "daemon/engine.h"

struct membership {
    char *name;              /* the network's; as it was asked for, when there was none then */
    char network_id[65];     /* set when it has been up once: a network that is made anew under the name is another one */
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
/* The place on this very network. */
struct membership *membership_on(const struct instance *instance, const struct network *network);
/* Whether one place, on its network, is rather the gateway than the other. */
bool membership_precedes(const struct membership *one, const struct network *its, const struct membership *other,
                         const struct network *others);
/* A reference, or NULL with ENOENT, "network <id> not found". */
struct network *membership_network(const struct instance *instance, const struct membership *membership, struct error *err);
/* All networks, also host and none, but not that of another container: an allocated array of references (networks_all_free). */
struct network **instance_networks(struct instance *instance, size_t *count);
/* Locked. The gateway's endpoint, or an empty one. */
const struct endpoint *instance_endpoint(const struct instance *instance);
/* Locked. The endpoint on the default bridge, or an empty one. */
const struct endpoint *instance_default_endpoint(const struct instance *instance);

/* All of them up in one namespace, whose path /proc can open; or down again. */
int memberships_attach(struct instance *instance, const json_t *host_config, char **path, struct error *err);
void memberships_adopt(struct instance *instance); /* by a new daemon, of a container that runs on */
void memberships_detach(struct instance *instance);

/* One of them up, in endpoint->netns, which stays the caller's; ports and route are as the caller has set them. Gives the
 * descriptor of the namespace, which is a new one when there was none. After a failure the endpoint is free. */
int membership_up(struct instance *instance, struct membership *membership, struct network *network, struct endpoint *endpoint,
                  struct steps *log, struct error *err);

/* A descriptor of the namespace of a container that runs; EBUSY when it does not. */
int networking_namespace(struct instance *instance, struct error *err);

/* POST /networks/{id}/connect and disconnect; `settings` may be NULL. networking_live.c */
int membership_connect(struct instance *instance, struct network *network, const json_t *settings, struct error *err);
int membership_disconnect(struct instance *instance, struct network *network, bool force, struct error *err);
/* A place on a network that is no more. */
int membership_forget(struct instance *instance, const char *name, struct error *err);

/* Addresses and aliases that a wish may hold, by the rules of `network`. */
int membership_check(const struct network *network, const json_t *settings, struct error *err);

/* Published ports of a HostConfig, for an endpoint on `network`; networking_ports.c */
bool ports_publishable(const struct network *network);
int ports_collect(struct instance *instance, const json_t *host_config, struct endpoint *endpoint, struct error *err);

#endif
