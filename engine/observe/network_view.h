/* One network namespace, read through a rtnetlink socket of its own. Used by network_picture.c. */
#ifndef SLIPWAY_OBSERVE_NETWORK_VIEW_H
#define SLIPWAY_OBSERVE_NETWORK_VIEW_H

#include "kernel/net/netlink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view_link {
    int index;
    char name[16];
    char kind[20]; /* "veth", "bridge"...; "loopback"; "device" for what has no kind */
    char mac[18];
    int flags; /* IFF_UP ... */
    int mtu;
    int master;    /* an index, 0 for none */
    int peer;      /* IFLA_LINK of a veth: the other end's index; 0 unknown */
    int peer_nsid; /* the other end's namespace, as this one numbers it; -1: the same namespace */
    uint64_t rx_bytes, rx_packets, tx_bytes, tx_packets, rx_dropped, tx_dropped;
    char **addresses; /* "172.18.0.2/16" */
};

struct view {
    char *name;
    uint64_t inode;
    int netns; /* owned */
    struct netlink netlink;
    struct view_link *links;
    size_t link_count;
    char **routes;     /* as `ip route` words them */
    char **routes6;    /* as `ip -6 route` does */
    char **neighbours; /* as `ip neigh` does */
};

/* Fill links, routes and neighbours, in place of what was there. */
int view_read(struct view *view, struct error *err);
void view_clear(struct view *view);

/* Which way a packet would go (`ip route get`); words of `ip route`, allocated. Of a packet that is forwarded `from` and `in` (the
 * link it came by) are known; else NULL. NULL with the kernel's reason, ENETUNREACH for one. After view_read. */
char *view_route(struct view *view, bool v6, const unsigned char *to, const unsigned char *from, const char *in, struct error *err);

/* What `view` calls the namespace behind `netns`; -1 when it has no number for it. */
int view_nsid(struct view *view, int netns);
const struct view_link *view_link_at(const struct view *view, int index);
/* Does this line of `routes` or `routes6` lead over the link of this name? */
bool view_route_over(const char *route, const char *link);

#endif
