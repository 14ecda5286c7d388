/* One packet sent on purpose from a network namespace, to see what becomes of it: a TCP connection attempt, one UDP datagram, or
 * one ICMP echo. Between opening and sending it is known what the packet will look like, so that it can be traced. */
#ifndef SLIPWAY_KERNEL_PROBE_H
#define SLIPWAY_KERNEL_PROBE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct probe {
    bool v6;
    uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP (also for IPv6) */
    unsigned char destination[16], source[16];
    uint16_t port, source_port; /* of an echo: source_port is its identifier */
    int fd;
};

/* The caller has filled in v6, protocol, destination and port. Finds the source address; ENETUNREACH or EHOSTUNREACH when no route
 * leads there. */
int probe_open(struct probe *probe, int netns, struct error *err);
/* Negative errno of what the kernel says at once (EPERM: a rule dropped it on its way out). */
int probe_send(struct probe *probe);
void probe_close(struct probe *probe);

/* 0: nothing yet. 1: answered. Negative errno: ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EACCES... */
int probe_result(struct probe *probe);
short probe_events(const struct probe *probe); /* what to poll(2) for */

#endif
