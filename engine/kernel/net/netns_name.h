/* Names for network namespaces, where `ip netns` looks for them: a bind mount below /run/netns (ip-netns(8)). A name keeps its
 * namespace alive until it is removed. */
#ifndef SLIPWAY_KERNEL_NET_NETNS_NAME_H
#define SLIPWAY_KERNEL_NET_NETNS_NAME_H

#include "base/error.h"
#include "kernel/step.h"

#define NETNS_DIRECTORY "/run/netns"

/* EEXIST when the name belongs to another namespace; a name that is this one's already is success. `pid`: of a process in it, for
 * the step's command. */
int netns_bind(struct steps *steps, int netns, pid_t pid, const char *name, struct error *err);
/* Success when there is no such name. */
int netns_unbind(struct steps *steps, const char *name, struct error *err);

#endif
