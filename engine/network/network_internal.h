/* What the files of this folder share: the network itself, its endpoints, its rules and the worker that cleans up. */
#ifndef SLIPWAY_NETWORK_NETWORK_INTERNAL_H
#define SLIPWAY_NETWORK_NETWORK_INTERNAL_H

#include "base/digest.h"
#include "kernel/iptables.h"
#include "kernel/netlink.h"
#include "network/ipam.h"
#include "network/network.h"
#include "network/ports.h"
#include "network/proxy.h"

#include <pthread.h>

/* An endpoint that this process attached or adopted. */
struct attachment {
    char id[ID_TEXT];
    char container[65];
    char name[128];
    char mac[18];
    uint32_t address; /* host byte order */
    struct held_port **ports;
    size_t port_count;
    struct attachment *next;
};

struct worker;

struct network {
    char id[ID_TEXT];
    char bridge[16];
    int bridge_index;
    int mtu;
    bool userland_proxy;
    uint32_t gateway; /* host byte order; the bridge's own address */
    struct ipam ipam;
    char created[40];

    pthread_mutex_t lock; /* guards all that follows */
    struct netlink route;
    struct netlink filter;
    struct iptables iptables;
    struct proxy *proxy; /* started with the first published port */
    struct attachment *attachments;
    char **found; /* "TABLE RULE": port rules that network_open found and no endpoint has claimed */
    struct worker *worker;
};

/* --- rules.c; the network's lock is held --- */

/* The shared chains and this network's own rules, where missing. `drop_forward`: ip_forward was off until now, so nobody
 * relies on forwarding: policy DROP, as dockerd does. Fills network->found. */
int rules_prepare(struct network *network, bool drop_forward, struct steps *steps, struct error *err);
/* Chains and rules again, after somebody flushed them. */
int rules_repair(struct network *network, struct steps *steps, struct error *err);
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

/* --- worker.c --- */

struct worker *worker_new(struct error *err);
void worker_free(struct worker *worker); /* finishes what is waiting, without grace */
/* Close `netns` (owned) and see to it that the link is gone. */
void worker_clean(struct worker *worker, int netns, const char *host_link);

#endif
