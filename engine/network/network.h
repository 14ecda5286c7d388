/* The networks of an engine: bridges, addresses and published ports for containers.
 *
 * `networks_open` brings up the set: the default network `bridge` with the first address of its subnet, `host` and `none`, and
 * those that people made before, which are kept as documents in a directory. A bridge network is a bridge, ip_forward, and the
 * chains and rules that dockerd writes (nat: PREROUTING, OUTPUT, POSTROUTING, DOCKER; filter: FORWARD, DOCKER, DOCKER-USER,
 * DOCKER-ISOLATION-STAGE-1/2). Chains are shared by every engine in a network namespace; each touches only the rules that name its
 * own bridges or an address on them. With --ipv6 a network has a second subnet, of IPv6: bridge and containers have addresses of
 * both; rules for it (and NAT66) are written with `ip6tables`, and published ports answer on IPv6 through the userland proxy.
 * macvlan and ipvlan networks have a parent link instead of a bridge, and neither rules nor ports. An endpoint is one container's
 * place on one network: address (the lowest that is free, as Docker does, so a freed one is given again at once; kept in memory,
 * recovered through network_adopt), MAC 02:42: followed by the address, a veth pair, and one rule set per published port, in one
 * netlink batch (nf_tables) or one iptables-restore (legacy). Without iptables a warning is logged, and published ports are served
 * by the userland proxy alone. Rules and host ports are gone when network_detach returns, so that the next container can have them;
 * links and namespaces go later, by a worker. All functions may be called by several threads. Errors: EADDRINUSE for a port or an
 * address that is taken, EPERM for what is not allowed on a network (Docker's 403); texts about ports and networks are Docker's.
 */
#ifndef SLIPWAY_NETWORK_NETWORK_H
#define SLIPWAY_NETWORK_NETWORK_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct networks;
struct network;

/* --- the set --- */

struct networks_options {
    const char *bridge;    /* "docker0"-like; "slipway0" by default */
    const char *address;   /* "172.18.0.1/16": the bridge's own address and the subnet */
    int mtu;               /* 0: 1500 */
    bool userland_proxy;   /* answer on 127.0.0.1 by splicing threads of the daemon, as docker-proxy does; without, by
                            * route_localnet and hairpin rules, as `dockerd --userland-proxy=false` does */
    const char *directory; /* where networks are kept: <data-root>/network; NULL: nowhere */
    /* Settings of the daemon, named so that zero is the default. */
    bool no_iptables;    /* "iptables": false: nothing is written, ports are served by the proxy alone */
    bool no_forward;     /* "ip-forward": false */
    bool no_masquerade;  /* "ip-masq": false, of the default network */
    bool no_icc;         /* "icc": false, of the default network */
    bool ip6tables;      /* "ip6tables": true: the chains for IPv6 too, and NAT66 */
    const char *subnet6; /* "ipv6" with "fixed-cidr-v6": the default network's IPv6 subnet; NULL: none */
    const json_t *pools; /* "default-address-pools": [{"base":"10.10.0.0/16","size":24}]; NULL or empty: Docker's */
};

struct networks *networks_open(const struct networks_options *options, struct steps *steps, struct error *err);

/* Remove the default network's rules and bridge, and those of all others, when `remove`; otherwise leave all in place for
 * containers that still run. */
void networks_close(struct networks *networks, bool remove);

/* The body of POST /networks/create. On success a new reference, and the network is up and kept. EEXIST for a name that is taken,
 * EPERM for a predefined one and for subnets that overlap, EINVAL and ENOENT for what the document holds. */
int networks_create(struct networks *networks, const json_t *document, struct network **out, struct steps *steps,
                    struct error *err);

/* EPERM while endpoints are attached (`in_use` names what keeps it, may be NULL) or for a predefined one. */
int networks_remove(struct networks *networks, struct network *network, struct steps *steps, struct error *err);

/* By name, id, or the beginning of an id that only one has: a new reference, or NULL with ENOENT ("network x not found") or EINVAL.
 */
struct network *networks_find(struct networks *networks, const char *name, struct error *err);
/* All, in order of creation: an allocated array of new references. */
struct network **networks_all(struct networks *networks, size_t *count);
void networks_all_free(struct network **all, size_t count);

/* After the last network_adopt: remove the port rules and wires that belong to nobody (containers that died while no daemon
 * looked). The first network_attach on a network does it for that one too. */
void networks_settle(struct networks *networks);

/* Put right what somebody else has undone: bridges that were deleted, wires that were pulled, chains and rules that were flushed
 * (firewalld, a person). What is in place is not touched; what people wrote into DOCKER-USER stays. For SIGHUP. */
void networks_repair(struct networks *networks);

/* --- one network --- */

struct network *network_ref(struct network *network);
void network_put(struct network *network);
#define cleanup_network __attribute__((cleanup(network_put_p)))
void network_put_p(struct network **network);

const char *network_id(const struct network *network); /* the default one's is the same after a restart */
const char *network_name(const struct network *network);
const char *network_created(const struct network *network); /* RFC 3339 */
const char *network_driver(const struct network *network);  /* "bridge", "host", "null", "macvlan", "ipvlan" */
bool network_predefined(const struct network *network);     /* bridge, host or none */
bool network_is_default(const struct network *network);     /* the network "bridge" */
bool network_internal(const struct network *network);       /* made with --internal */
bool network_has_own_subnet(const struct network *network); /* its subnet was asked for, not drawn from the pools */
bool network_has_driver(const struct network *network);     /* endpoints have links: not host, not none */
bool network_has_ipv6(const struct network *network);       /* made with --ipv6 */
json_t *network_labels(const struct network *network);      /* borrowed */
size_t network_endpoint_count(struct network *network);
json_t *network_describe(struct network *network); /* as in GET /networks/{id}: Name, Id, Driver, IPAM, Options, Containers ... */

/* --- endpoints --- */

struct port_mapping {
    char protocol[8];       /* "tcp", "udp", "sctp" */
    char host_address[46];  /* "0.0.0.0", "127.0.0.1", "::"...; "" when none was given: all of IPv4 and IPv6, attach then fills in
                             * "0.0.0.0" and sets `also_ipv6` */
    uint16_t host_port;     /* 0: chosen from ip_local_port_range; filled in by attach */
    uint16_t host_port_end; /* not 0: any free one from host_port to this; attach fills in host_port and clears it */
    uint16_t container_port;
    bool also_ipv6; /* bound on [::] too; `docker port` shows a second line, inspect a second binding */
};

/* What is asked for; NULL or "" leaves it to the network. */
struct endpoint_wish {
    const char *address;  /* IPv4 */
    const char *address6; /* IPv6 */
    const char *mac;      /* "02:42:ac:12:00:02" */
};

struct endpoint {
    char id[65];        /* filled in by attach when empty */
    char container[65]; /* id of its container, for network_describe and the words of steps; may be empty */
    char name[128];     /* the container's name, for network_describe and messages; may be empty */
    char address[16];   /* "172.18.0.2" */
    int prefix_len;
    char gateway[16];
    char address6[46]; /* "fd00::2"; "" on a network without IPv6 */
    int prefix_len6;
    char gateway6[46];
    char mac[18];
    char link[16];      /* in the container: "eth0" */
    char host_link[16]; /* name of the veth's host end */
    int netns;          /* descriptor of the container's network namespace; owned; -EBADF once handed on */
    bool no_route;      /* another endpoint has the default route; set before attach */
    struct port_mapping *ports;
    size_t port_count;
};

/* Make a network namespace with only a loopback that is up (`--network none`). Gives a descriptor (close-on-exec). */
int network_namespace_new(struct steps *steps, int *netns, struct error *err);

/* Take an address, build namespace, veth, routes, rules. The caller fills endpoint->ports/port_count, container and name before,
 * and endpoint->netns when the container has a namespace already (its descriptor stays the caller's on failure): the next link
 * there is made, "eth1". A port that is taken is EADDRINUSE, "Bind for 0.0.0.0:8080 failed: port is already allocated" (ours) or
 * "Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use" (somebody else's); with a name, after
 * "driver failed programming external connectivity on endpoint NAME (ID): ". After a failure nothing is left behind. */
int network_attach(struct network *network, const struct endpoint_wish *wish, struct endpoint *endpoint, struct steps *steps,
                   struct error *err);

/* After a daemon restart: take back address, ports and proxies of an endpoint that is still in place (no kernel work but missing
 * rules). To be called after networks_open and before the first network_attach. With endpoint->netns set (borrowed; cleared), a
 * wire that somebody has deleted is made anew. */
int network_adopt(struct network *network, struct endpoint *endpoint, struct error *err);

/* Publish endpoint->ports of an endpoint that is up and has none, or take them back. */
int network_publish(struct network *network, struct endpoint *endpoint, struct steps *steps, struct error *err);
void network_unpublish(struct network *network, const struct endpoint *endpoint);

/* Also for an endpoint that was never adopted. Closes endpoint->netns. */
void network_detach(struct network *network, struct endpoint *endpoint);
/* The same while the container runs on: the link is gone when this returns; endpoint->netns is not touched. */
void network_unplug(struct network *network, struct endpoint *endpoint, struct steps *steps);
/* Give the default route in a namespace to this endpoint (the one that had it was unplugged, or has a lower priority). */
int network_route(struct network *network, const struct endpoint *endpoint, int netns, struct steps *steps, struct error *err);
void endpoint_free(struct endpoint *endpoint);

#endif
