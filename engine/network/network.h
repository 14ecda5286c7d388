/* Bridges, addresses and published ports for containers.
 *
 * `network_open` brings up one bridge network: the bridge with the first address of its subnet, ip_forward, and the chains and
 * rules that dockerd writes (nat: PREROUTING, OUTPUT, POSTROUTING, DOCKER; filter: FORWARD, DOCKER, DOCKER-USER,
 * DOCKER-ISOLATION-STAGE-1/2). Chains are shared by every engine in a network namespace; each touches only the rules that name its
 * own bridge or an address on it. An endpoint is one container's place on it: address (the lowest that is free, as Docker does,
 * so a freed one is given again at once; kept in memory, recovered through network_adopt), MAC 02:42: followed by the address, a
 * veth pair, and one rule set per published port, in one netlink batch (nf_tables) or one iptables-restore (legacy). Without
 * iptables a warning is logged, and published ports are served by the userland proxy alone.
 * Rules and host ports are gone when network_detach returns, so that the next container can have them; links and namespaces go
 * later, by a worker. All functions may be called by several threads. Errors: EADDRINUSE for a port or an address that is
 * taken; texts about ports are Docker's.
 */
#ifndef SLIPWAY_NETWORK_NETWORK_H
#define SLIPWAY_NETWORK_NETWORK_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct network;

struct network_options {
    const char *bridge;  /* "docker0"-like; "slipway0" by default */
    const char *address; /* "172.18.0.1/16": the bridge's own address and the subnet */
    int mtu;             /* 0: 1500 */
    bool userland_proxy; /* answer on 127.0.0.1 by splicing threads of the daemon, as docker-proxy does; without, by
                          * route_localnet and hairpin rules, as `dockerd --userland-proxy=false` does */
};

struct network *network_open(const struct network_options *options, struct steps *steps, struct error *err);

/* Remove this network's rules and its bridge when `remove`; otherwise leave all in place for containers that still run. */
void network_close(struct network *network, bool remove);

struct port_mapping {
    char protocol[8];      /* "tcp", "udp" */
    char host_address[46]; /* "0.0.0.0", "127.0.0.1", "::"...; "" when none was given: all of IPv4 and IPv6, attach then fills in
                            * "0.0.0.0" and sets `also_ipv6` */
    uint16_t host_port;    /* 0: chosen from ip_local_port_range; filled in by attach */
    uint16_t container_port;
    bool also_ipv6; /* bound on [::] too; `docker port` shows a second line, inspect a second binding */
};

struct endpoint {
    char id[65];        /* filled in by attach when empty */
    char container[65]; /* id of its container, for network_describe and the words of steps; may be empty */
    char name[128];     /* the container's name, for network_describe and messages; may be empty */
    char address[16];   /* "172.18.0.2" */
    int prefix_len;
    char gateway[16];
    char mac[18];
    char host_link[16]; /* name of the veth's host end */
    int netns;          /* descriptor of the container's network namespace; owned; -EBADF once handed on */
    struct port_mapping *ports;
    size_t port_count;
};

/* Make a network namespace with only a loopback that is up (`--network none`). Gives a descriptor (close-on-exec). */
int network_namespace_new(struct steps *steps, int *netns, struct error *err);

/* Give `wanted` (may be NULL) or the next free address, build namespace, veth, routes, rules. The caller fills
 * endpoint->ports/port_count, container and name before. A port that is taken is EADDRINUSE, "Bind for 0.0.0.0:8080 failed: port is
 * already allocated" (ours) or "Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use" (somebody
 * else's); with a name, after "driver failed programming external connectivity on endpoint NAME (ID): ". After a failure nothing is
 * left behind. */
int network_attach(struct network *network, const char *wanted, struct endpoint *endpoint, struct steps *steps, struct error *err);

/* After a daemon restart: take back address, ports and proxies of an endpoint that is still in place (no kernel work but missing
 * rules). To be called after network_open and before the first network_attach. */
int network_adopt(struct network *network, struct endpoint *endpoint, struct error *err);

/* After the last network_adopt: remove the port rules on this bridge that belong to nobody (containers that died while no
 * daemon looked). The first network_attach does it too. */
void network_settle(struct network *network);

/* Also for an endpoint that was never adopted. Closes endpoint->netns. */
void network_detach(struct network *network, struct endpoint *endpoint);
void endpoint_free(struct endpoint *endpoint);

const char *network_id(const struct network *network); /* the same after a restart */
json_t *network_describe(struct network *network); /* as in GET /networks/{id}: Name, Id, Driver, IPAM, Options, Containers ... */

#endif
