/* The taken addresses of a subnet as a sorted array: a /8 or an IPv6 /64 costs no more than a /24, and the lowest gap is found by a
 * search that halves (the addresses up to a place are all taken when as many stand before it as there are numbers). */
#include "network/ipam.h"

#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- numbers and texts --- */

static int bits_of(bool v6) { return v6 ? 128 : 32; }
static int family_of(bool v6) { return v6 ? AF_INET6 : AF_INET; }

static ip_number all_ones(bool v6) { return v6 ? ~(ip_number)0 : 0xffffffffu; }

ip_number ip_mask(bool v6, int prefix_len) { return prefix_len ? (all_ones(v6) << (bits_of(v6) - prefix_len)) & all_ones(v6) : 0; }

uint32_t ipam_mask(int prefix_len) { return (uint32_t)ip_mask(false, prefix_len); }

void ip_bytes(ip_number address, bool v6, unsigned char out[16])
{
    int count = bits_of(v6) / 8;
    for (int i = 0; i < count; i++)
        out[i] = (unsigned char)(address >> (8 * (count - 1 - i)));
}

ip_number ip_number_of(const void *bytes, bool v6)
{
    const unsigned char *byte = bytes;
    ip_number address = 0;
    for (int i = 0; i < bits_of(v6) / 8; i++)
        address = address << 8 | byte[i];
    return address;
}

int ip_parse(const char *text, bool v6, ip_number *out)
{
    unsigned char bytes[16];
    if (inet_pton(family_of(v6), text, bytes) != 1)
        return -EINVAL;
    *out = ip_number_of(bytes, v6);
    return 0;
}

const char *ip_text(ip_number address, bool v6, char out[IP_TEXT])
{
    unsigned char bytes[16];
    ip_bytes(address, v6, bytes);
    return inet_ntop(family_of(v6), bytes, out, IP_TEXT);
}

int ipam_parse(const char *text, uint32_t *address, int *prefix_len, struct error *err)
{
    const char *slash = strchr(text, '/');
    long long bits;
    ip_number number;
    if (!slash || !str_to_int(slash + 1, &bits) || bits < 1 || bits > 30)
        return error_set(err, EINVAL, "invalid address %s: wanted ADDRESS/BITS with 1 to 30 bits, as in 172.18.0.1/16", text);
    cleanup_free char *host = xstrndup(text, (size_t)(slash - text));
    if (ip_parse(host, false, &number) < 0)
        return error_set(err, EINVAL, "invalid address %s: %s is no IPv4 address", text, host);
    *address = (uint32_t)number;
    *prefix_len = (int)bits;
    uint32_t host_part = *address & ~ipam_mask(*prefix_len);
    if (host_part == 0 || host_part == ~ipam_mask(*prefix_len))
        return error_set(err, EINVAL, "invalid address %s: a bridge needs an address within the subnet, not the subnet's own",
                         text);
    return 0;
}

/* --- subnets --- */

int ipam_open(struct ipam *ipam, const char *text, struct error *err)
{
    const char *slash = strchr(text, '/');
    cleanup_free char *host = xstrndup(text, slash ? (size_t)(slash - text) : strlen(text));
    bool v6 = strchr(host, ':');
    ip_number address;
    long long bits;
    if (!slash || ip_parse(host, v6, &address) < 0 || !str_to_int(slash + 1, &bits) || bits < 0 || bits > bits_of(v6))
        return error_set(err, EINVAL, "Invalid subnet %s : invalid CIDR address: %s", text, text);
    if (bits < 1 || bits > bits_of(v6) - 2)
        return error_set(err, EINVAL, "Invalid subnet %s : it has no room for a gateway and a container", text);
    *ipam = (struct ipam){.v6 = v6, .prefix_len = (int)bits, .subnet = address & ip_mask(v6, (int)bits)};
    return 0;
}

void ipam_text(const struct ipam *ipam, char out[SUBNET_TEXT])
{
    char text[IP_TEXT];
    snprintf(out, SUBNET_TEXT, "%s/%d", ip_text(ipam->subnet, ipam->v6, text), ipam->prefix_len);
}

bool ipam_overlaps(const struct ipam *one, const struct ipam *other)
{
    if (one->v6 != other->v6 || !one->prefix_len || !other->prefix_len)
        return false;
    ip_number mask = ip_mask(one->v6, one->prefix_len < other->prefix_len ? one->prefix_len : other->prefix_len);
    return (one->subnet & mask) == (other->subnet & mask);
}

static ip_number last_of(const struct ipam *ipam)
{
    return ipam->subnet | (~ip_mask(ipam->v6, ipam->prefix_len) & all_ones(ipam->v6));
}

int ipam_limit(struct ipam *ipam, const char *range, struct error *err)
{
    const char *slash = strchr(range, '/');
    cleanup_free char *host = xstrndup(range, slash ? (size_t)(slash - range) : strlen(range));
    ip_number base;
    long long bits;
    if (!slash || ip_parse(host, strchr(host, ':'), &base) < 0 || !str_to_int(slash + 1, &bits) || bits < 0 ||
        bits > bits_of(strchr(host, ':')))
        return error_set(err, EINVAL, "invalid CIDR address: %s", range);
    if (!strchr(host, ':') == ipam->v6 || bits < ipam->prefix_len || !ipam_contains(ipam, base))
        return error_set(err, EINVAL, "no matching subnet for range %s", range);
    ip_number mask = ip_mask(ipam->v6, (int)bits);
    ipam->first = base & mask;
    ipam->last = base | (~mask & all_ones(ipam->v6));
    return 0;
}

bool ipam_contains(const struct ipam *ipam, ip_number address)
{
    return ipam->prefix_len && (address & ip_mask(ipam->v6, ipam->prefix_len)) == ipam->subnet;
}

bool ipam_holds(const struct ipam *ipam, ip_number address)
{
    return ipam_contains(ipam, address) && address != ipam->subnet && (ipam->v6 || address != last_of(ipam));
}

/* Where `address` is, or would stand. */
static size_t position(const struct ipam *ipam, ip_number address)
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

static void insert(struct ipam *ipam, size_t at, ip_number address)
{
    ipam->taken = xrealloc(ipam->taken, (ipam->count + 1) * sizeof *ipam->taken);
    memmove(ipam->taken + at + 1, ipam->taken + at, (ipam->count - at) * sizeof *ipam->taken);
    ipam->taken[at] = address;
    ipam->count++;
}

int ipam_take(struct ipam *ipam, ip_number address, struct error *err)
{
    char text[IP_TEXT], subnet[SUBNET_TEXT];
    if (!ipam_holds(ipam, address)) {
        ipam_text(ipam, subnet);
        return error_set(err, EINVAL, "address %s is not in the subnet %s", ip_text(address, ipam->v6, text), subnet);
    }
    size_t at = position(ipam, address);
    if (at < ipam->count && ipam->taken[at] == address)
        return error_set(err, EADDRINUSE, "Address already in use");
    insert(ipam, at, address);
    return 0;
}

int ipam_take_next(struct ipam *ipam, ip_number *address, struct error *err)
{
    ip_number candidate = ipam->first > ipam->subnet ? ipam->first : ipam->subnet + 1;
    ip_number last = ipam->v6 ? last_of(ipam) : last_of(ipam) - 1;
    if (ipam->last && ipam->last < last)
        last = ipam->last;
    /* From `at` on, the first place whose number is not the next one. */
    size_t at = position(ipam, candidate), low = at, high = ipam->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ipam->taken[middle] == candidate + (middle - at))
            low = middle + 1;
        else
            high = middle;
    }
    candidate += low - at;
    if (candidate > last) {
        char subnet[SUBNET_TEXT];
        ipam_text(ipam, subnet);
        return error_set(err, ENOSPC, "no available IPv%d addresses on this network's address pool: %s", ipam->v6 ? 6 : 4, subnet);
    }
    insert(ipam, low, candidate);
    *address = candidate;
    return 0;
}

void ipam_release(struct ipam *ipam, ip_number address)
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
