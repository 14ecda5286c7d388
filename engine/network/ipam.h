/* Which addresses of one subnet are taken, of IPv4 or IPv6. An address is a number, the first byte on the wire the highest; those
 * of IPv4 fill the lowest 32 bits. The network's own address is never given, nor IPv4's broadcast address. Not locked. */
#ifndef SLIPWAY_NETWORK_IPAM_H
#define SLIPWAY_NETWORK_IPAM_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 ip_number;

enum { IP_TEXT = 46, SUBNET_TEXT = 64 };

struct ipam {
    bool v6;
    int prefix_len;        /* 1..30, 1..126; 0: there is no subnet */
    ip_number subnet;      /* first address, the network's own */
    ip_number first, last; /* the range from which the next free one is taken; 0, 0: the whole subnet */
    ip_number *taken;      /* ascending */
    size_t count;
};

/* --- numbers and texts --- */

/* -EINVAL when it is no address of the family. */
int ip_parse(const char *text, bool v6, ip_number *out);
const char *ip_text(ip_number address, bool v6, char out[IP_TEXT]);
void ip_bytes(ip_number address, bool v6, unsigned char out[16]); /* as on the wire: 4 or 16 bytes */
ip_number ip_number_of(const void *bytes, bool v6);
ip_number ip_mask(bool v6, int prefix_len);
uint32_t ipam_mask(int prefix_len); /* IPv4 */

/* "172.18.0.1/16" to the address and its subnet; EINVAL says what is wrong. IPv4; prefixes 1 to 30. */
int ipam_parse(const char *text, uint32_t *address, int *prefix_len, struct error *err);

/* --- subnets --- */

/* "172.18.0.0/16", "fd00::/64" (host bits are dropped) to an empty subnet; EINVAL with Docker's words. */
int ipam_open(struct ipam *ipam, const char *text, struct error *err);
void ipam_text(const struct ipam *ipam, char out[SUBNET_TEXT]);
bool ipam_overlaps(const struct ipam *one, const struct ipam *other);
/* From now on the next free address comes out of `range` ("172.18.5.0/24"), which must lie within the subnet. */
int ipam_limit(struct ipam *ipam, const char *range, struct error *err);

bool ipam_contains(const struct ipam *ipam, ip_number address); /* is it in the subnet? */
bool ipam_holds(const struct ipam *ipam, ip_number address);    /* and may it be given? */
/* EADDRINUSE when taken, EINVAL when it cannot be given. */
int ipam_take(struct ipam *ipam, ip_number address, struct error *err);
/* The lowest free address; ENOSPC when there is none left. */
int ipam_take_next(struct ipam *ipam, ip_number *address, struct error *err);
void ipam_release(struct ipam *ipam, ip_number address);
void ipam_clear(struct ipam *ipam);

#endif
