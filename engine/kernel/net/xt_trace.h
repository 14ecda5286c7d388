/* Watching one packet on its way through the legacy tables of iptables: rules at the top of `raw` that match exactly this packet
 * and lead to TRACE (man 8 iptables-extensions), and the kernel's report of every rule that it meets then, through nfnetlink_log.
 *
 * For that time nfnetlink_log is the logger of the namespace (net.netfilter.nf_log.2 or .10). The logger before stands in the
 * comment of the rules, so that whoever removes them, also after the engine was killed, can put it back. The tables raw and mangle
 * come into being by this and stay, empty: the kernel has no way to take one away again.
 */
#ifndef SLIPWAY_KERNEL_NET_XT_TRACE_H
#define SLIPWAY_KERNEL_NET_XT_TRACE_H

#include "kernel/net/conntrack_watch.h"
#include "kernel/net/nflog.h"
#include "kernel/net/packet_trace.h"

enum { XT_TRACE_RULES = 2 }; /* that stand before all others of raw's PREROUTING and OUTPUT while a packet is traced */

struct xt_tracer {
    struct nflog log;
    struct netlink flows; /* new connections: how POSTROUTING has changed a packet is reported by no rule */
    bool v6;
    int netns; /* borrowed */
    char label[136];
    struct steps *steps;
    struct if_nameindex *names;
    bool open;
};

/* EOPNOTSUPP, with the reason, where the kernel or iptables cannot; EBUSY when another program reads the kernel's packet log.
 * `tracer` must stay where it is. One at a time in a namespace. */
int xt_tracer_open(struct xt_tracer *tracer, struct steps *steps, int netns, const char *label, const struct packet_match *match,
                   struct error *err);
void xt_tracer_close(struct xt_tracer *tracer); /* a zeroed one may be closed */

int xt_tracer_fd(const struct xt_tracer *tracer);
/* Own events are "in" (it came) and "sent" (it left its socket). Of the others `number` is what the kernel says: the rules of the
 * trace itself are counted in `raw`, and the end of a chain counts as one more rule than it has. No verdict is told. */
bool xt_tracer_next(struct xt_tracer *tracer, struct trace_event *event);

/* Reads "TRACE: filter:FORWARD:rule:3 "; false when it is something else. */
bool xt_trace_parse(const char *prefix, struct trace_event *event);

/* Remove what an engine that was killed has left in the namespace of `pid` (1: the caller's own). Costs the reading of two files
 * where there is nothing. */
void xt_trace_sweep(pid_t pid);

#endif
