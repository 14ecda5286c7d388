/* Connections that the kernel tracks (ctnetlink): reading them and making it forget some. A tracked connection keeps the
 * translation that it got with its first packet, whatever rules are changed later; for UDP, "later" may be for as long as somebody
 * sends.
 */
#ifndef SLIPWAY_KERNEL_CONNTRACK_H
#define SLIPWAY_KERNEL_CONNTRACK_H

#include "kernel/netlink.h"

/* IPv4; addresses in network byte order, ports in the host's. As the first packet had it, and as answers have it. */
struct tracked_flow {
    uint8_t protocol; /* IPPROTO_TCP ... */
    uint32_t source, destination;
    uint16_t source_port, destination_port;
    uint32_t reply_source, reply_destination;
};

/* Forget those that `chosen` says yes to; *count (may be NULL): how many. `netlink`: opened on NETLINK_NETFILTER.
 * EOPNOTSUPP or EINVAL: the kernel does not track connections, or does not tell. */
int conntrack_forget(struct netlink *netlink, bool (*chosen)(const struct tracked_flow *flow, const void *context),
                     const void *context, size_t *count, struct error *err);

#endif
