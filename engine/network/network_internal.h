/* What the files of this folder share: the set of networks, one network, its endpoints, its rules and the worker that cleans up. */
#ifndef SLIPWAY_NETWORK_NETWORK_INTERNAL_H
#define SLIPWAY_NETWORK_NETWORK_INTERNAL_H

#include "base/digest.h"
#include "kernel/net/iptables.h"
#include "kernel/net/netlink.h"
#include "network/definition.h"
#include "network/ipam.h"
#include "network/network.h"
#include "network/ports.h"
#include "network/proxy.h"

#include <pthread.h>
#include <stdatomic.h>

/* An endpoint that this process attached or adopted. */
struct attachment {
    char id[ID_TEXT];
    char container[65];
    char name[128];
    char mac[18];
    char host_link[16]; /* "" for macvlan and ipvlan */
    uint32_t address;   /* host byte order */
    ip_number address6; /* 0: none */
    struct held_port **ports;
    size_t port_count;
    struct attachment *next;
};

struct worker;

/* Subnets of `size` bits, one after the other, within `base`. */
struct pool {
    struct ipam base;
    int size;
};

/* What all networks of an engine share. The lock guards everything in here and in its networks but what never changes. */
struct networks {
    pthread_mutex_t lock;
    bool userland_proxy, no_forward;
    char *directory; /* NULL: nothing is kept */
    struct netlink route;
    struct netlink filter;
    struct netlink tracked; /* connections; opened when first needed */
    struct iptables iptables, ip6tables;
    struct pool *pools; /* those that networks without a subnet of their own draw from */
    size_t pool_count;
    struct proxy *proxy; /* started with the first published port */
    struct worker *worker;
    struct dns *dns;       /* names; never changes */
    struct network *first; /* in order of creation; one reference each */
};

struct network {
    struct networks *set;
    atomic_int refs;
    struct definition definition; /* never changes */
    bool is_default;              /* the network `bridge` */
    bool removed;                 /* no longer in the set */
    bool up;
    char link[16]; /* the bridge; macvlan and ipvlan: the parent; "" without */
    int link_index;
    uint32_t gateway; /* host byte order; the bridge's own address */
    ip_number gateway6;
    struct ipam ipam, ipam6; /* of the IPv4 and the IPv6 subnet; without IPv6 the latter is empty */
    struct attachment *attachments;
    char **found; /* "TABLE RULE": port rules that bringing it up found and no endpoint has claimed */
    struct network *next;
};

/* --- network.c: one network; the lock is held --- */

/* Parents, bridge, addresses, forwarding, rules. What it made is undone when it fails. */
int network_up(struct network *network, struct steps *steps, struct error *err);
/* Rules and link gone. */
void network_down(struct network *network, struct steps *steps);
void network_free(struct network *network);
/* repair.c: what networks_repair does, of one that should be up. */
int network_repair(struct network *network, struct error *err);

/* --- bridge.c; the lock is held --- */

/* The bridge with its address, which is `network->gateway`; forwarding. *made: the bridge is new. *turned_on: forwarding was off.
 */
int bridge_up(struct network *network, bool *made, bool *turned_on, struct steps *steps, struct error *err);

/* --- lan.c; the lock is held --- */

/* macvlan and ipvlan: mode and parent checked, the parent made where it is ours to make; and taken away. */
int lan_up(struct network *network, struct steps *steps, struct error *err);
void lan_down(struct network *network, struct steps *steps);

/* --- wire.c --- */

enum { CONTAINER_LINK_INDEX = 2 };

/* Where an endpoint goes: a namespace made for it, whose first link it is, or one that is there. */
struct wire_place {
    struct netlink inside;
    int index; /* 0: unknown */
};

/* What the namespace is called in steps: a short id, as `ip netns` would show it. */
void namespace_label(const struct endpoint *endpoint, char out[16]);
int wire_parse_mac(const char *text, unsigned char mac[6], struct error *err);
/* The link of an endpoint whose texts are filled in, plugged in and configured; the lock is held. What was made when it fails is
 * known by endpoint->host_link. */
int wire_add(struct network *network, struct endpoint *endpoint, struct wire_place *place, struct steps *steps, struct error *err);
/* Put a wire back that was pulled, or made with a network that is gone. `netns`: -EBADF when it is not known. */
int wire_repair(struct network *network, struct endpoint *endpoint, int netns, struct error *err);
/* The host's end alone. */
int wire_replug(struct network *network, const char *host_link, struct error *err);

/* --- pools.c; the lock is held --- */

/* `document` as in networks_options. */
int pools_open(struct networks *set, const json_t *document, struct error *err);

/* Fill in subnet and gateway of a definition that has none, from the default pools; check the given ones against each other,
 * against those of other networks and of the machine's links and routes. */
int pools_settle(struct networks *set, struct definition *definition, struct error *err);

/* --- rules.c; the network's lock is held --- */

/* The shared chains and this network's own rules, where missing. `drop_forward`: ip_forward was off until now, so nobody
 * relies on forwarding: policy DROP, as dockerd does. Fills network->found. */
int rules_prepare(struct network *network, bool drop_forward, struct steps *steps, struct error *err);
/* Chains and rules again, after somebody flushed them. */
int rules_repair(struct network *network, struct steps *steps, struct error *err);
/* Those of the published ports that are missing. */
int rules_repair_ports(struct network *network, struct error *err);
/* This network's own rules and what is in network->found. */
int rules_remove(struct network *network, struct steps *steps, struct error *err);

int rules_publish(struct network *network, const struct port_mapping *ports, size_t count, uint32_t address, struct steps *steps,
                  struct error *err);
void rules_unpublish(struct network *network, const struct port_mapping *ports, size_t count, uint32_t address,
                     struct steps *steps);
/* Those of the ports' rules that network->found lacks; what it has is claimed (taken out). */
int rules_adopt(struct network *network, const struct port_mapping *ports, size_t count, uint32_t address, struct error *err);
/* Remove what nobody claimed. */
void rules_settle(struct network *network);

/* The rules of one port, in the order in which they are added; gives how many (0 for an IPv6 address). */
enum { RULES_PER_PORT = 3 };
size_t rules_of_port(const struct network *network, const struct port_mapping *port, uint32_t address,
                     struct packet_rule rules[RULES_PER_PORT]);
/* dockerd programs the highest host port first. Gives an allocated copy. */
struct port_mapping *rules_port_order(const struct port_mapping *ports, size_t count);

/* --- flows.c; the lock is held --- */

/* Connections that are tracked keep the way they had: those to the host's published UDP ports must forget it when a container takes
 * these ports, and all through a container's ports when it gives them up. */
void flows_move_here(struct network *network, const struct attachment *attachment);
void flows_end(struct network *network, const struct attachment *attachment);

/* --- worker.c --- */

struct worker *worker_new(struct error *err);
void worker_free(struct worker *worker); /* finishes what is waiting, without grace */
/* Close `netns` (owned) and see to it that the link is gone. */
void worker_clean(struct worker *worker, int netns, const char *host_link);

#endif
