/* Which subnets a network gets: those that were asked for, or the next free ones of the pools, as dockerd chooses. What was asked
 * for is only compared with other networks; what is drawn from a pool also keeps clear of the machine's routes and name servers. */
#include "network/network_internal.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the pools --- */

static void add_pool(struct networks *set, const struct ipam *base, int size)
{
    set->pools = xrealloc(set->pools, (set->pool_count + 1) * sizeof *set->pools);
    set->pools[set->pool_count++] = (struct pool){*base, size};
}

/* 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/20 to 192.168.240.0/20. */
static void add_defaults(struct networks *set)
{
    struct ipam base;
    for (unsigned i = 17; i <= 31; i++) {
        base = (struct ipam){.prefix_len = 16, .subnet = 172u << 24 | i << 16};
        add_pool(set, &base, 16);
    }
    base = (struct ipam){.prefix_len = 16, .subnet = 192u << 24 | 168u << 16};
    add_pool(set, &base, 20);
}

int pools_open(struct networks *set, const json_t *document, struct error *err)
{
    const json_t *entry;
    size_t i;
    json_array_foreach(document, i, entry)
    {
        struct ipam base;
        const char *text = json_str(entry, "base", "");
        long long size = json_num(entry, "size", 0);
        int r = ipam_open(&base, text, err);
        if (r < 0)
            return error_prefix(err, "default-address-pools: %s", text);
        if (size < base.prefix_len || size > (base.v6 ? 126 : 30))
            return error_set(err, EINVAL, "default-address-pools: invalid size %lld of %s: it is between %d and %d", size, text,
                             base.prefix_len, base.v6 ? 126 : 30);
        add_pool(set, &base, (int)size);
    }
    if (!set->pool_count)
        add_defaults(set);
    return 0;
}

/* --- what is in use --- */

static const struct network *network_with(const struct networks *set, const struct ipam *subnet)
{
    for (const struct network *network = set->first; network; network = network->next)
        if (network_has_driver(network) && (ipam_overlaps(subnet, &network->ipam) || ipam_overlaps(subnet, &network->ipam6)))
            return network;
    return NULL;
}

/* What the machine uses, whoever set it up. */
struct machine {
    struct link_address *addresses;
    struct link_route *routes;
    size_t address_count, route_count;
    char *resolvers; /* /etc/resolv.conf */
};

static void machine_forget(struct machine *machine)
{
    free(machine->addresses);
    free(machine->routes);
    free(machine->resolvers);
}

static int machine_look(struct networks *set, struct machine *machine, struct error *err)
{
    int r = address_list(&set->route, &machine->addresses, &machine->address_count, err);
    if (r == 0)
        r = route_list(&set->route, &machine->routes, &machine->route_count, err);
    machine->resolvers = file_read("/etc/resolv.conf", NULL, NULL);
    return r;
}

static struct ipam subnet_of(const void *bytes, bool v6, int prefix_len)
{
    return (struct ipam){.v6 = v6, .prefix_len = prefix_len, .subnet = ip_number_of(bytes, v6) & ip_mask(v6, prefix_len)};
}

static bool has_resolver(const struct machine *machine, const struct ipam *subnet)
{
    cleanup_strv char **lines = str_split(machine->resolvers ? machine->resolvers : "", '\n');
    for (char **line = lines; *line; line++) {
        char address[IP_TEXT];
        ip_number number;
        if (sscanf(*line, " nameserver %45s", address) == 1 && ip_parse(address, subnet->v6, &number) == 0 &&
            ipam_contains(subnet, number))
            return true;
    }
    return false;
}

static bool machine_uses(const struct machine *machine, const struct ipam *subnet)
{
    for (size_t i = 0; i < machine->address_count; i++) {
        struct ipam other = subnet_of(&machine->addresses[i].address, false, machine->addresses[i].prefix_len);
        if (other.subnet >> 24 != 127 && ipam_overlaps(subnet, &other))
            return true;
    }
    for (size_t i = 0; i < machine->route_count; i++) {
        const struct ip_interface *to = &machine->routes[i].destination;
        struct ipam other = subnet_of(to->address, to->v6, to->prefix_len);
        if (ipam_overlaps(subnet, &other))
            return true;
    }
    return has_resolver(machine, subnet);
}

/* --- choosing --- */

enum { TRIES_MOST = 1 << 16 }; /* of one pool: an IPv6 pool can hold more than anybody will wait for */

static bool choose_from(const struct networks *set, const struct pool *pool, const struct machine *machine, struct ipam *out)
{
    int more = pool->size - pool->base.prefix_len;
    unsigned count = more >= 16 ? TRIES_MOST : 1u << more;
    for (unsigned i = 0; i < count; i++) {
        *out = (struct ipam){.v6 = pool->base.v6, .prefix_len = pool->size};
        out->subnet = pool->base.subnet + ((ip_number)i << ((out->v6 ? 128 : 32) - pool->size));
        if (!network_with(set, out) && !machine_uses(machine, out))
            return true;
    }
    return false;
}

static int choose(struct networks *set, bool v6, struct subnet_definition *out, struct error *err)
{
    struct machine machine = {0};
    struct ipam subnet;
    bool found = false;
    int r = machine_look(set, &machine, err);
    for (size_t i = 0; i < set->pool_count && r == 0 && !found; i++)
        found = set->pools[i].base.v6 == v6 && choose_from(set, &set->pools[i], &machine, &subnet);
    machine_forget(&machine);
    if (r < 0)
        return r;
    if (!found)
        return error_set(
            err, ENOSPC,
            "could not find an available, non-overlapping IPv%d address pool among the defaults to assign to the network",
            v6 ? 6 : 4);
    char gateway[IP_TEXT];
    ipam_text(&subnet, out->subnet);
    snprintf(out->gateway, sizeof out->gateway, "%s", ip_text(subnet.subnet + 1, v6, gateway));
    return 0;
}

/* --- checking --- */

static int check(const struct networks *set, const struct subnet_definition *wanted, struct error *err)
{
    struct ipam probe;
    ip_number address;
    int r = ipam_open(&probe, wanted->subnet, err);
    if (r == 0 && *wanted->range)
        r = ipam_limit(&probe, wanted->range, err);
    if (r < 0)
        return r;
    if (*wanted->gateway && (ip_parse(wanted->gateway, probe.v6, &address) < 0 || !ipam_holds(&probe, address)))
        return error_set(err, EINVAL, "no matching subnet for gateway %s", wanted->gateway);
    const char *name;
    json_t *value;
    json_object_foreach(wanted->auxiliary, name, value)
    {
        const char *text = json_string_value(value) ? json_string_value(value) : "";
        if (ip_parse(text, probe.v6, &address) < 0 || !ipam_contains(&probe, address))
            return error_set(err, EINVAL, "no matching subnet for aux-address %s", text);
    }
    if (network_with(set, &probe))
        return error_set(err, EPERM, "Pool overlaps with other one on this address space");
    return 0;
}

static int settle_family(struct networks *set, struct definition *definition, bool v6, struct error *err)
{
    struct subnet_definition *subnet = definition_subnet(definition, v6);
    if (subnet && *subnet->subnet)
        return check(set, subnet, err);
    if (subnet && (*subnet->gateway || *subnet->range || json_object_size(subnet->auxiliary)))
        return error_set(err, EINVAL, "user specified gateway or range needs a subnet");
    if (!subnet)
        subnet = definition_add_subnet(definition, v6);
    return choose(set, v6, subnet, err);
}

int pools_settle(struct networks *set, struct definition *definition, struct error *err)
{
    size_t of_family[2] = {0};
    for (size_t i = 0; i < definition->subnet_count; i++)
        of_family[strchr(definition->subnets[i].subnet, ':') != NULL]++;
    if (of_family[0] > 1 || of_family[1] > 1)
        return error_set(err, EPERM, "%s driver doesn't support multiple subnets", network_driver_name(definition->driver));
    const struct subnet_definition *given = definition_subnet(definition, false), *given6 = definition_subnet(definition, true);
    definition->own_subnet = (given && *given->subnet) || (given6 && *given6->subnet);
    int r = settle_family(set, definition, false, err);
    if (r == 0 && definition->ipv6)
        r = settle_family(set, definition, true, err);
    if (r < 0)
        return r;
    /* IPv4 first, however they were given. */
    if (definition->subnet_count == 2 && strchr(definition->subnets[0].subnet, ':')) {
        struct subnet_definition first = definition->subnets[0];
        definition->subnets[0] = definition->subnets[1];
        definition->subnets[1] = first;
    }
    return 0;
}
