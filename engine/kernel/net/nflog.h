/* Packets that the kernel logs to programs (nfnetlink_log): what NFLOG rules and, once `nfnetlink_log` is the namespace's logger,
 * TRACE rules report. A group of a network namespace has one reader. */
#ifndef SLIPWAY_KERNEL_NET_NFLOG_H
#define SLIPWAY_KERNEL_NET_NFLOG_H

#include "kernel/net/netlink.h"

#include <stddef.h>

struct nflog {
    struct netlink netlink;
    char buffer[16384];
    size_t at, filled;
};

struct nflog_report {
    char prefix[128];
    uint8_t hook;                /* NF_INET_PRE_ROUTING... */
    unsigned in, out;            /* indexes of links; 0 for none */
    const unsigned char *packet; /* from its network header on; until the next call */
    size_t size;
};

enum { NFLOG_PACKET = 128 }; /* bytes of each packet that are asked for */

/* In the calling thread's network namespace. EBUSY when another program reads this group, EOPNOTSUPP when the kernel has none. */
int nflog_open(struct nflog *nflog, uint16_t group, struct error *err);
void nflog_close(struct nflog *nflog);
int nflog_fd(const struct nflog *nflog);
bool nflog_next(struct nflog *nflog, struct nflog_report *report); /* false when there is none now */

#endif
