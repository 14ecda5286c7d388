/* Links, addresses, routes and network namespaces through rtnetlink (libmnl).
 *
 * A `struct netlink` is one netlink socket; it speaks for the network namespace in which it was opened, whatever the
 * calling thread does later (man 7 netlink). It is not locked: one thread at a time. Acts record steps with the `ip`
 * command of the same effect; in it a namespace that has no name of its own is called by the `label` the caller gives.
 * Messages of one act travel together and are answered one by one; an error carries the kernel's own explanation when it
 * sent one (extended acknowledgement).
 */
#ifndef SLIPWAY_KERNEL_NET_NETLINK_H
#define SLIPWAY_KERNEL_NET_NETLINK_H

#include "base/error.h"
#include "kernel/step.h"

#include <libmnl/libmnl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct netlink {
    struct mnl_socket *socket;
    uint32_t port;
    uint32_t sequence;
};

/* `bus`: NETLINK_ROUTE or NETLINK_NETFILTER. A zeroed struct may be closed. */
int netlink_open(struct netlink *netlink, int bus, struct error *err);
void netlink_close(struct netlink *netlink);

/* Several requests in one sendmsg. Add a message, put attributes into it, add the next; then send. */
struct netlink_batch {
    uint32_t first; /* sequence number of the first message */
    unsigned count;
    size_t used;
    char data[16384];
};

enum { NETLINK_BATCH_MOST = 64 }; /* messages in one batch */

void netlink_batch_begin(struct netlink_batch *batch);
struct nlmsghdr *netlink_batch_add(struct netlink_batch *batch, struct netlink *netlink, uint16_t type, uint16_t flags);
/* Messages with NLM_F_ACK are waited for. 0 when all succeeded, otherwise the first failure; *failed (may be NULL) is its
 * index. The message of `err` is only the reason ("File exists"): the caller says what was attempted. */
int netlink_batch_send(struct netlink_batch *batch, struct netlink *netlink, unsigned *failed, struct error *err);

/* Send one dump (or get) request and give every answer to `each`; a dump that changed while it was read starts again, after
 * `restart` (may be NULL) has thrown away what was collected. */
int netlink_dump(struct netlink *netlink, struct nlmsghdr *request, mnl_cb_t each, void *data, void (*restart)(void *data),
                 struct error *err);

/* --- network namespaces --- */

/* A namespace with lo up and IPv6 off, made by a thread of its own, so that the caller's namespace never changes; usually
 * one is ready before it is asked for. `inside` (may be NULL) becomes a rtnetlink socket that speaks for it. */
int netns_take(struct steps *steps, const char *label, int *netns, struct netlink *inside, struct error *err);
/* Make the ready ones now rather than at the first netns_take. */
void netns_prepare(void);

/* A thread with a small stack and all signals blocked, so that the program's own handling of signals is not disturbed;
 * 0 or an errno, as pthread_create. */
int netlink_thread(pthread_t *thread, void *(*run)(void *), void *context);

/* Run `act` in a thread that has joined the namespace; gives what it returns. */
int netns_run(int netns, int (*act)(void *context), void *context, struct error *err);

/* A rtnetlink socket that speaks for the namespace `netns`. */
int netlink_open_in(struct netlink *netlink, int netns, struct error *err);

/* --- links --- */

struct link_info {
    int index;
    int master; /* index of the bridge it is a port of; 0 for none */
    bool up;
    char kind[16]; /* "bridge", "veth", ""... */
    char name[16];
    unsigned char mac[6];
};

/* -ENODEV when there is no such link. */
int link_find(struct netlink *netlink, const char *name, struct link_info *info, struct error *err);

/* A bridge that is up. `-EEXIST` when the name is taken. */
int link_add_bridge(struct netlink *netlink, struct steps *steps, const char *name, const unsigned char mac[6], int mtu,
                    struct error *err);

struct veth_pair {
    const char *host_name; /* in the namespace of `netlink`; up */
    const char *master;    /* the bridge it joins */
    int master_index;
    int mtu;
    const char *peer_name; /* in `peer_netns`; down, as the kernel wants it */
    int peer_index;        /* its index there; 0 lets the kernel choose */
    unsigned char peer_mac[6];
    int peer_netns;
    const char *label; /* of that namespace, in steps */
};
int link_add_veth(struct netlink *netlink, struct steps *steps, const struct veth_pair *pair, struct error *err);

/* macvlan and ipvlan: a link of its own on another link of the machine, made inside a namespace. */
struct lan_link {
    const char *kind; /* "macvlan", "ipvlan" */
    const char *mode; /* "bridge", "private", "vepa", "passthru"; "l2", "l3", "l3s" */
    const char *parent;
    int parent_index;
    int mtu; /* 0: the parent's */
    const char *name;
    int index;                /* there; 0 lets the kernel choose */
    const unsigned char *mac; /* NULL: the parent's (ipvlan) */
    int netns;
    const char *label;
};
bool lan_mode_valid(const char *kind, const char *mode);
/* EOPNOTSUPP when the kernel has no such links. */
int link_add_lan(struct netlink *netlink, struct steps *steps, const struct lan_link *lan, struct error *err);
/* Try it in the caller's namespace, under the name that is given, and take it away again: has the kernel no such links? */
bool lan_kind_missing(struct netlink *netlink, const struct lan_link *lan);
/* NAME.ID on `parent`, for 802.1q; up. EOPNOTSUPP when the kernel has no such links. */
int link_add_vlan(struct netlink *netlink, struct steps *steps, const char *name, const char *parent, int parent_index, int id,
                  struct error *err);
/* A link that leads nowhere; up. EOPNOTSUPP when the kernel has no such links. */
int link_add_dummy(struct netlink *netlink, struct steps *steps, const char *name, struct error *err);

int link_delete(struct netlink *netlink, struct steps *steps, const char *name, struct error *err);

int link_set_up(struct netlink *netlink, struct steps *steps, const char *name, struct error *err);
int link_set_master(struct netlink *netlink, struct steps *steps, const char *name, const char *master, int master_index,
                    struct error *err);
/* Tell the bridge that `mac` lives behind its port `name` (`bridge fdb replace`). */
int link_set_station(struct netlink *netlink, struct steps *steps, const char *name, const unsigned char mac[6], struct error *err);
/* Let a bridge send a frame back through the port it came from. */
int link_set_hairpin(struct netlink *netlink, struct steps *steps, const char *name, struct error *err);

/* Addresses are in network byte order. */
struct interface_setup {
    const char *name;
    int index;
    uint32_t address;
    int prefix_len;
    uint32_t gateway; /* 0: no default route */
    const char *label;
    bool has6;                  /* an IPv6 address too; the link must have IPv6 on (netns_ipv6_on) */
    unsigned char address6[16]; /* as on the wire */
    int prefix_len6;
    bool has_gateway6;
    unsigned char gateway6[16];
    bool route_by_link; /* default routes without a gateway: what is behind the link answers for all (ipvlan l3) */
};
/* In one batch: addresses, link up, default routes. */
int link_configure(struct netlink *netlink, struct steps *steps, const struct interface_setup *setup, struct error *err);

/* IPv6 on in a namespace for its link `link` and for lo, where new namespaces have it off. Without IPv6 in the kernel:
 * EAFNOSUPPORT. */
int netns_ipv6_on(struct steps *steps, const char *label, int netns, const char *link, struct error *err);

/* Of either family, as on the wire. An address that is there already is no failure. */
struct ip_interface {
    bool v6;
    unsigned char address[16];
    int prefix_len;
};
int address_put(struct netlink *netlink, struct steps *steps, const char *link, int index, const struct ip_interface *address,
                struct error *err);
/* Replace the default route by one through `gateway`, or through the link itself when NULL. */
int route_default_put(struct netlink *netlink, struct steps *steps, const char *label, const char *link, int index, bool v6,
                      const unsigned char *gateway, struct error *err);

/* The destinations of the main routing tables of both families, without default routes; *list is allocated. */
struct link_route {
    int index; /* of the link; 0: none or several */
    struct ip_interface destination;
};
int route_list(struct netlink *netlink, struct link_route **list, size_t *count, struct error *err);

/* Replace the default route. */
int route_default_set(struct netlink *netlink, struct steps *steps, const char *label, const char *link, int index,
                      uint32_t gateway, struct error *err);

int address_add(struct netlink *netlink, struct steps *steps, const char *link, int index, uint32_t address, int prefix_len,
                struct error *err);
int address_delete(struct netlink *netlink, struct steps *steps, const char *link, int index, uint32_t address, int prefix_len,
                   struct error *err);

struct link_address {
    int index;
    int prefix_len;
    uint32_t address;
};
/* All IPv4 addresses of the namespace; *list is allocated. */
int address_list(struct netlink *netlink, struct link_address **list, size_t *count, struct error *err);
/* Ports of the bridge `master` (an index), or all links when 0; *list is allocated. */
int link_list(struct netlink *netlink, int master, struct link_info **list, size_t *count, struct error *err);

#endif
