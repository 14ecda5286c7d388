/* Bridges, addresses and published ports for containers.
 *
 * `network_open` brings up one bridge network: the bridge with the first address of its subnet, ip_forward, and the chains and
 * rules that dockerd writes (nat: PREROUTING, OUTPUT, POSTROUTING, DOCKER; filter: FORWARD, DOCKER, DOCKER-USER,
 * DOCKER-ISOLATION-STAGE-1/2). Chains are shared by every engine in a network namespace; each touches only the rules that name its
 * own bridge. An endpoint is one container's place on it: address (lowest free, kept in memory, recovered through network_adopt),
 * MAC 02:42: followed by the address, a veth pair, and one rule set per published port, in one netlink batch (nf_tables) or one
 * iptables-restore (legacy). Nothing is deleted on the way to an answer: network_detach returns at once, a worker cleans.
 * All functions may be called by several threads. Errors: EADDRINUSE for a port or an address that is taken.
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
    bool userland_proxy; /* answer on 127.0.0.1 too, by a small splicing thread in the daemon */
};

struct network *network_open(const struct network_options *options, struct steps *steps, struct error *err);

/* Remove this network's rules and its bridge when `remove`; otherwise leave all in place for containers that still run. */
void network_close(struct network *network, bool remove);

struct port_mapping {
    char protocol[8];      /* "tcp", "udp" */
    char host_address[46]; /* "0.0.0.0" when none was given */
    uint16_t host_port;    /* 0: chosen from ip_local_port_range; filled in by attach */
    uint16_t container_port;
};

struct endpoint {
    char id[65];
    char address[16]; /* "172.18.0.2" */
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
 * endpoint->ports/port_count before. */
int network_attach(struct network *network, const char *wanted, struct endpoint *endpoint, struct steps *steps, struct error *err);
/* After a daemon restart: take back address, ports and proxies of an endpoint that is still in place (no kernel work but missing
 * rules). */
int network_adopt(struct network *network, struct endpoint *endpoint, struct error *err);
void network_detach(struct network *network, struct endpoint *endpoint);
void endpoint_free(struct endpoint *endpoint);

const char *network_id(const struct network *network);
json_t *network_describe(const struct network *network); /* as in GET /networks/{id}: Name, Id, Driver, IPAM, Options ... */

#endif
