/* The rules of a trace in the legacy tables, as input of iptables-restore. Used by xt_trace.c only. */
#ifndef SLIPWAY_KERNEL_NET_XT_TRACE_RULES_H
#define SLIPWAY_KERNEL_NET_XT_TRACE_RULES_H

#include "base/strings.h"
#include "kernel/net/iptables.h"
#include "kernel/net/packet_trace.h"

#define XT_TRACE_MARK "slipway-trace"

/* The legacy programs, whatever `iptables` stands for. */
int xt_trace_programs(struct iptables *iptables, bool v6, struct error *err);

/* In the calling thread's namespace. `logger`: what a sweep puts back. Each rule leaves a step. */
int xt_trace_put(const struct iptables *iptables, struct steps *steps, const char *label, const struct packet_match *match,
                 const char *logger, struct error *err);
/* Input of iptables-restore; each rule leaves a step. */
int xt_trace_apply(const struct iptables *iptables, struct steps *steps, const char *label, bool v6, const char *input,
                   struct error *err);
/* Which rules carry the mark: their removal as input of iptables-restore, and the logger that their comment tells of. Both empty
 * when there is none. */
int xt_trace_find(const struct iptables *iptables, struct buf *removal, char logger[64], struct error *err);
void xt_trace_removal(const char *saved, struct buf *removal, char logger[64]); /* the same from what iptables-save printed */

#endif
