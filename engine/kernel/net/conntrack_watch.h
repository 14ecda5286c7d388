/* New connections as the kernel begins to track them (`conntrack -E -e NEW`): where the addresses of one are rewritten to. */
#ifndef SLIPWAY_KERNEL_NET_CONNTRACK_WATCH_H
#define SLIPWAY_KERNEL_NET_CONNTRACK_WATCH_H

#include "kernel/net/netlink.h"

struct flow_tuple {
    bool v6;
    uint8_t protocol; /* IPPROTO_TCP... */
    unsigned char source[16], destination[16];
    uint16_t source_port, destination_port; /* host byte order; of an echo source_port is its identifier */
};

/* Of the calling thread's network namespace. EOPNOTSUPP where the kernel tells nobody. */
int conntrack_watch(struct netlink *netlink, struct error *err);
/* Has the connection begun whose first packet was `first`, before any translation? `sent_on`: the same packet after all of them.
 * Reads what has come in until then, and does not wait. */
bool conntrack_watch_find(struct netlink *netlink, const struct flow_tuple *first, struct flow_tuple *sent_on);

#endif
