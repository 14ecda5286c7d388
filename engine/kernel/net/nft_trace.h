/* Watching one packet on its way through the rules of a network namespace: a table of our own, which marks exactly the packets that
 * match for tracing (`meta nftrace set 1`), and the kernel's reports of every rule and chain that they meet (nft(8), "nft monitor
 * trace"; NFNLGRP_NFTRACE).
 *
 * The table belongs to the socket (NFT_TABLE_F_OWNER): the kernel removes it when the socket is closed, however its owner ended.
 * Rules of iptables are reported only where iptables is nf_tables; for the others see xt_trace.h.
 */
#ifndef SLIPWAY_KERNEL_NET_NFT_TRACE_H
#define SLIPWAY_KERNEL_NET_NFT_TRACE_H

#include "kernel/net/netlink.h"
#include "kernel/net/packet_trace.h"

struct nft_tracer {
    struct netlink owner, events;
    bool v6;
    char table[32];
    struct if_nameindex *names;
};

/* EOPNOTSUPP, with the reason, where the kernel has no nf_tables or no tracing. */
int nft_tracer_open(struct nft_tracer *tracer, struct steps *steps, int netns, const char *label, const struct packet_match *match,
                    struct error *err);
void nft_tracer_close(struct nft_tracer *tracer); /* a zeroed one may be closed */

int nft_tracer_fd(const struct nft_tracer *tracer);
bool nft_tracer_next(struct nft_tracer *tracer, struct trace_event *event); /* false when there is none now */

/* Which rule of its chain a handle is, from 1; 0 when it is gone. */
int nft_tracer_rule_number(struct nft_tracer *tracer, const char *table, const char *chain, uint64_t handle);

#endif
