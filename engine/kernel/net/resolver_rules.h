/* The NAT rules of a name server in a container's namespace. Used by resolver.c only. */
#ifndef SLIPWAY_KERNEL_NET_RESOLVER_RULES_H
#define SLIPWAY_KERNEL_NET_RESOLVER_RULES_H

#include "kernel/net/resolver.h"

/* In the calling thread's namespace. -ENOENT: this machine has no iptables. */
int resolver_rules(const struct resolver_place *place, struct steps *steps, struct error *err);

#endif
