/* Which subnet a network gets: the one that was asked for, or the next free one of the default pools, as dockerd chooses. */
#include "network/network_internal.h"

#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* First address, bits of each subnet, how many of them. */
static const struct pool {
    uint32_t base;
    int prefix_len;
    unsigned count;
} default_pools[] = {
    {0xac110000, 16, 15}, /* 172.17.0.0/16 to 172.31.0.0/16 */
    {0xc0a80000, 20, 16}, /* 192.168.0.0/20 to 192.168.240.0/20 */
};

static bool overlap(uint32_t one, int one_len, uint32_t other, int other_len)
{
    uint32_t mask = ipam_mask(one_len < other_len ? one_len : other_len);
    return (one & mask) == (other & mask);
}

static const struct network *network_with(const struct networks *set, uint32_t subnet, int prefix_len)
{
    for (const struct network *network = set->first; network; network = network->next)
        if (network_has_driver(network) && overlap(subnet, prefix_len, network->ipam.subnet, network->ipam.prefix_len))
            return network;
    return NULL;
}

static bool on_a_link(const struct link_address *list, size_t count, uint32_t subnet, int prefix_len)
{
    for (size_t i = 0; i < count; i++)
        if (ntohl(list[i].address) >> 24 != 127 && overlap(ntohl(list[i].address), list[i].prefix_len, subnet, prefix_len))
            return true;
    return false;
}

static int choose(struct networks *set, struct subnet_definition *out, struct error *err)
{
    cleanup_free struct link_address *list = NULL;
    size_t count = 0;
    int r = address_list(&set->route, &list, &count, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < ARRAY_LEN(default_pools); i++) {
        const struct pool *pool = &default_pools[i];
        for (unsigned j = 0; j < pool->count; j++) {
            uint32_t subnet = pool->base + (j << (32 - pool->prefix_len));
            if (network_with(set, subnet, pool->prefix_len) || on_a_link(list, count, subnet, pool->prefix_len))
                continue;
            ipam_subnet_text(subnet, pool->prefix_len, out->subnet);
            struct in_addr gateway = {htonl(subnet + 1)};
            inet_ntop(AF_INET, &gateway, out->gateway, sizeof out->gateway);
            return 0;
        }
    }
    return error_set(err, ENOSPC,
                     "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network");
}

static int check(const struct networks *set, const struct subnet_definition *wanted, struct error *err)
{
    uint32_t subnet, address;
    int prefix_len;
    struct ipam probe = {0};
    int r = ipam_subnet_parse(wanted->subnet, &subnet, &prefix_len, err);
    if (r < 0)
        return r;
    probe = (struct ipam){.subnet = subnet, .prefix_len = prefix_len};
    if (*wanted->range && (r = ipam_limit(&probe, wanted->range, err)) < 0)
        return r;
    if (*wanted->gateway && ((r = ipam_address_parse(wanted->gateway, &address, err)) < 0))
        return r;
    if (*wanted->gateway && !ipam_holds(&probe, address))
        return error_set(err, EINVAL, "no matching subnet for gateway %s", wanted->gateway);
    if (network_with(set, subnet, prefix_len))
        return error_set(err, EPERM, "Pool overlaps with other one on this address space");
    return 0;
}

int pools_settle(struct networks *set, struct definition *definition, struct error *err)
{
    if (definition->subnet_count > 1)
        return error_set(err, EPERM, "%s driver doesn't support multiple subnets", network_driver_name(definition->driver));
    definition->own_subnet = definition->subnet_count && *definition->subnets[0].subnet;
    if (definition->own_subnet)
        return check(set, &definition->subnets[0], err);
    if (definition->subnet_count && (*definition->subnets[0].gateway || *definition->subnets[0].range))
        return error_set(err, EINVAL, "user specified gateway or range needs a subnet");
    definition->subnet_count = 1; /* there is always room for one */
    return choose(set, &definition->subnets[0], err);
}
