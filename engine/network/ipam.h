/* Which addresses of one IPv4 subnet are taken. Network and broadcast address are never given. All in host byte order.
 * Not locked. */
#ifndef SLIPWAY_NETWORK_IPAM_H
#define SLIPWAY_NETWORK_IPAM_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipam {
    uint32_t subnet;      /* first address, the network's own */
    int prefix_len;       /* 1..30 */
    uint32_t first, last; /* the range from which the next free one is taken; 0, 0: the whole subnet */
    uint32_t *taken;      /* ascending */
    size_t count;
};

/* "172.18.0.1/16" to the address and its subnet; EINVAL says what is wrong. Prefixes 1 to 30. */
int ipam_parse(const char *text, uint32_t *address, int *prefix_len, struct error *err);
uint32_t ipam_mask(int prefix_len);

/* "172.18.0.0/16" (host bits are dropped) to the subnet; "172.18.0.7" to the address; EINVAL with Docker's words. */
int ipam_subnet_parse(const char *text, uint32_t *subnet, int *prefix_len, struct error *err);
int ipam_address_parse(const char *text, uint32_t *address, struct error *err);
void ipam_subnet_text(uint32_t subnet, int prefix_len, char out[64]);
/* From now on the next free address comes out of `range` ("172.18.5.0/24"), which must lie within the subnet. */
int ipam_limit(struct ipam *ipam, const char *range, struct error *err);

bool ipam_holds(const struct ipam *ipam, uint32_t address); /* is it in the subnet? */
/* EADDRINUSE when taken, EINVAL when outside the subnet. */
int ipam_take(struct ipam *ipam, uint32_t address, struct error *err);
/* The lowest free address; ENOSPC when there is none left. */
int ipam_take_next(struct ipam *ipam, uint32_t *address, struct error *err);
void ipam_release(struct ipam *ipam, uint32_t address);
void ipam_clear(struct ipam *ipam);

#endif
