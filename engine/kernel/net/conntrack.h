/* Connections that the kernel tracks (ctnetlink), and making it forget some. A tracked connection keeps the translation that it got
 * with its first packet, whatever rules are changed later; for UDP, "later" may be for as long as somebody sends.
 */
#ifndef SLIPWAY_KERNEL_NET_CONNTRACK_H
#define SLIPWAY_KERNEL_NET_CONNTRACK_H

#include "kernel/net/netlink.h"

/* Of IPv4; addresses in network byte order, the port in the host's. What is 0 may be anything, but not all of it. */
struct tracked_flow {
    uint8_t protocol;          /* IPPROTO_UDP ... */
    uint32_t destination;      /* of the first packet, before any translation */
    uint16_t destination_port; /* likewise; needs a protocol */
    uint32_t reply_source;     /* who answers */
};

/* Forget all that match, in one request: the kernel chooses, which costs 0.5 ms where reading its table takes 30. `netlink`: opened
 * on NETLINK_NETFILTER. EOPNOTSUPP: this kernel tracks nothing, or is older than 5.8, which would forget everything. */
int conntrack_forget(struct netlink *netlink, const struct tracked_flow *flow, struct error *err);

#endif
