/* The place of a name server inside a container's network namespace: one UDP and one TCP socket on 127.0.0.11, and the NAT rules
 * that lead 127.0.0.11:53 to them (DOCKER_OUTPUT and DOCKER_POSTROUTING in the table nat, as dockerd writes them).
 *
 * Port 53 itself stays free, so that a container may run a name server of its own. Where there is no iptables, or the rules cannot
 * be made, the sockets are bound to port 53. Rules go with the namespace.
 */
#ifndef SLIPWAY_KERNEL_NET_RESOLVER_H
#define SLIPWAY_KERNEL_NET_RESOLVER_H

#include "base/error.h"
#include "kernel/net/iptables.h"
#include "kernel/step.h"

#include <stdbool.h>
#include <stdint.h>

#define RESOLVER_ADDRESS "127.0.0.11"

struct resolver_place {
    const struct iptables *iptables;
    const char *label;           /* of the namespace, in steps */
    uint16_t udp_port, tcp_port; /* wanted; others are taken when they are in use. Those that were taken afterwards */
    bool fresh;                  /* nothing of an earlier daemon can be in the namespace */
    int udp, tcp;                /* the sockets: non-blocking, close-on-exec; the caller's */
};

/* Opens sockets and makes the rules, in the namespace `netns`. Rules that lead elsewhere (an earlier daemon's) are replaced. */
int resolver_open(int netns, struct resolver_place *place, struct steps *steps, struct error *err);

/* A socket that speaks from within `netns`, opened by a thread that may be moved for a moment, and returns to `home` (both
 * descriptors of network namespaces). Non-blocking, close-on-exec; a negative errno. A thread that cannot return ends the program:
 * it would serve the wrong namespace from then on. */
int netns_socket(int netns, int home, int family, int type);

#endif
