/* The taken addresses of a subnet as a sorted array: a /8 costs no more than a /24, and the lowest gap is found by one walk. */
#include "network/ipam.h"

#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

uint32_t ipam_mask(int prefix_len) { return prefix_len ? 0xffffffffu << (32 - prefix_len) : 0; }

static uint32_t broadcast(const struct ipam *ipam) { return ipam->subnet | ~ipam_mask(ipam->prefix_len); }

static const char *dotted(uint32_t address, char out[INET_ADDRSTRLEN])
{
    struct in_addr in = {htonl(address)};
    return inet_ntop(AF_INET, &in, out, INET_ADDRSTRLEN);
}

int ipam_parse(const char *text, uint32_t *address, int *prefix_len, struct error *err)
{
    const char *slash = strchr(text, '/');
    long long bits;
    if (!slash || !str_to_int(slash + 1, &bits) || bits < 1 || bits > 30)
        return error_set(err, EINVAL, "invalid address %s: wanted ADDRESS/BITS with 1 to 30 bits, as in 172.18.0.1/16", text);
    cleanup_free char *host = xstrndup(text, (size_t)(slash - text));
    struct in_addr in;
    if (inet_pton(AF_INET, host, &in) != 1)
        return error_set(err, EINVAL, "invalid address %s: %s is no IPv4 address", text, host);
    *address = ntohl(in.s_addr);
    *prefix_len = (int)bits;
    uint32_t host_part = *address & ~ipam_mask(*prefix_len);
    if (host_part == 0 || host_part == ~ipam_mask(*prefix_len))
        return error_set(err, EINVAL, "invalid address %s: a bridge needs an address within the subnet, not the subnet's own",
                         text);
    return 0;
}

int ipam_subnet_parse(const char *text, uint32_t *subnet, int *prefix_len, struct error *err)
{
    const char *slash = strchr(text, '/');
    cleanup_free char *host = xstrndup(text, slash ? (size_t)(slash - text) : strlen(text));
    struct in_addr in;
    long long bits;
    if (!slash || inet_pton(AF_INET, host, &in) != 1 || !str_to_int(slash + 1, &bits) || bits < 1 || bits > 30)
        return error_set(err, EINVAL, "invalid CIDR address: %s", text);
    *prefix_len = (int)bits;
    *subnet = ntohl(in.s_addr) & ipam_mask(*prefix_len);
    return 0;
}

int ipam_address_parse(const char *text, uint32_t *address, struct error *err)
{
    struct in_addr in;
    if (inet_pton(AF_INET, text, &in) != 1)
        return error_set(err, EINVAL, "invalid IPv4 address: %s", text);
    *address = ntohl(in.s_addr);
    return 0;
}

void ipam_subnet_text(uint32_t subnet, int prefix_len, char out[64])
{
    char text[INET_ADDRSTRLEN];
    snprintf(out, 64, "%s/%d", dotted(subnet, text), prefix_len);
}

int ipam_limit(struct ipam *ipam, const char *range, struct error *err)
{
    uint32_t base;
    int prefix_len;
    int r = ipam_subnet_parse(range, &base, &prefix_len, err);
    if (r < 0)
        return r;
    if (prefix_len < ipam->prefix_len || (base & ipam_mask(ipam->prefix_len)) != ipam->subnet)
        return error_set(err, EINVAL, "no matching subnet for range %s", range);
    ipam->first = base;
    ipam->last = base | ~ipam_mask(prefix_len);
    return 0;
}

bool ipam_holds(const struct ipam *ipam, uint32_t address)
{
    return (address & ipam_mask(ipam->prefix_len)) == ipam->subnet && address != ipam->subnet && address != broadcast(ipam);
}

/* Where `address` is, or would stand. */
static size_t position(const struct ipam *ipam, uint32_t address)
{
    size_t low = 0, high = ipam->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ipam->taken[middle] < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(struct ipam *ipam, size_t at, uint32_t address)
{
    ipam->taken = xrealloc(ipam->taken, (ipam->count + 1) * sizeof *ipam->taken);
    memmove(ipam->taken + at + 1, ipam->taken + at, (ipam->count - at) * sizeof *ipam->taken);
    ipam->taken[at] = address;
    ipam->count++;
}

int ipam_take(struct ipam *ipam, uint32_t address, struct error *err)
{
    char text[INET_ADDRSTRLEN], subnet[INET_ADDRSTRLEN];
    if (!ipam_holds(ipam, address))
        return error_set(err, EINVAL, "address %s is not in the subnet %s/%d", dotted(address, text), dotted(ipam->subnet, subnet),
                         ipam->prefix_len);
    size_t at = position(ipam, address);
    if (at < ipam->count && ipam->taken[at] == address)
        return error_set(err, EADDRINUSE, "Address already in use");
    insert(ipam, at, address);
    return 0;
}

int ipam_take_next(struct ipam *ipam, uint32_t *address, struct error *err)
{
    uint32_t candidate = ipam->first > ipam->subnet ? ipam->first : ipam->subnet + 1;
    uint32_t end = ipam->last && ipam->last < broadcast(ipam) ? ipam->last + 1 : broadcast(ipam);
    size_t at = position(ipam, candidate);
    for (; at < ipam->count && ipam->taken[at] == candidate; at++)
        candidate++;
    if (candidate >= end) {
        char subnet[INET_ADDRSTRLEN];
        return error_set(err, ENOSPC, "no available IPv4 addresses on this network's address pool: %s/%d",
                         dotted(ipam->subnet, subnet), ipam->prefix_len);
    }
    insert(ipam, at, candidate);
    *address = candidate;
    return 0;
}

void ipam_release(struct ipam *ipam, uint32_t address)
{
    size_t at = position(ipam, address);
    if (at == ipam->count || ipam->taken[at] != address)
        return;
    ipam->count--;
    memmove(ipam->taken + at, ipam->taken + at + 1, (ipam->count - at) * sizeof *ipam->taken);
}

void ipam_clear(struct ipam *ipam)
{
    cleanup_free_p(&ipam->taken);
    ipam->taken = NULL;
    ipam->count = 0;
}
