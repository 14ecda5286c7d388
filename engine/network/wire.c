/* An endpoint's link: a veth pair into a bridge, or a macvlan or ipvlan link on the parent; and what the container finds on it. */
#include "network/network_internal.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { NAME_ATTEMPTS = 8, BUSY_ATTEMPTS = 20, BUSY_MS = 25 };

void namespace_label(const struct endpoint *endpoint, char out[16])
{
    snprintf(out, 16, "%.12s", *endpoint->container ? endpoint->container : endpoint->id);
}

static void name_link(char out[16])
{
    unsigned char random[4];
    char hex[9];
    random_bytes(random, sizeof random);
    str_hex(random, sizeof random, hex);
    snprintf(out, 16, "veth%.7s", hex);
}

/* "02:42:ac:12:00:02" */
int wire_parse_mac(const char *text, unsigned char mac[6], struct error *err)
{
    int used = 0;
    if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5, &used) != 6 ||
        text[used] || mac[0] & 1)
        return error_set(err, EINVAL, "invalid MAC address: %s", text);
    return 0;
}

/* --- the link --- */

static int add_veth(struct network *network, struct endpoint *endpoint, int index, int netns, const char *label,
                    struct steps *steps, struct error *err)
{
    struct veth_pair pair = {.host_name = endpoint->host_link,
                             .master = network->link,
                             .master_index = network->link_index,
                             .mtu = network->definition.mtu,
                             .peer_name = endpoint->link,
                             .peer_index = index,
                             .peer_netns = netns,
                             .label = label};
    int r = wire_parse_mac(endpoint->mac, pair.peer_mac, err);
    if (r < 0)
        return r;
    r = -EEXIST;
    for (int i = 0; i < NAME_ATTEMPTS && r == -EEXIST; i++) {
        name_link(endpoint->host_link);
        r = link_add_veth(&network->set->route, steps, &pair, err);
    }
    if (r < 0)
        *endpoint->host_link = '\0';
    /* The address, and so the MAC, is often that of a container that has just gone and whose port is still being taken down: left
     * to itself the bridge would go on sending frames there. */
    if (r == 0)
        r = link_set_station(&network->set->route, steps, endpoint->host_link, pair.peer_mac, err);
    if (r == 0 && !network->set->userland_proxy)
        r = link_set_hairpin(&network->set->route, steps, endpoint->host_link, err);
    return r;
}

static int add_lan(struct network *network, struct endpoint *endpoint, int index, int netns, const char *label, struct steps *steps,
                   struct error *err)
{
    const struct definition *definition = &network->definition;
    unsigned char mac[6];
    bool own_mac = definition->driver == DRIVER_MACVLAN;
    int r = own_mac ? wire_parse_mac(endpoint->mac, mac, err) : 0;
    struct lan_link lan = {.kind = network_driver_name(definition->driver),
                           .mode = definition->mode,
                           .parent = network->link,
                           .parent_index = network->link_index,
                           .name = endpoint->link,
                           .index = index,
                           /* A link that has its parent to itself has its address too. */
                           .mac = own_mac && !str_equal(definition->mode, "passthru") ? mac : NULL,
                           .netns = netns,
                           .label = label};
    *endpoint->host_link = '\0';
    if (r < 0)
        return r;
    /* The links of a container that has just gone leave with its namespace, a moment after the answer; until then they hold a
     * parent that the next one wants to itself. */
    for (int attempt = 0; attempt < BUSY_ATTEMPTS; attempt++) {
        struct error local = ERROR_INIT;
        r = link_add_lan(&network->set->route, steps, &lan, &local);
        if (r != -EBUSY)
            return r < 0 ? error_set(err, local.code, "%s", local.message) : 0;
        nanosleep(&(struct timespec){.tv_nsec = BUSY_MS * 1000000L}, NULL);
    }
    return link_add_lan(&network->set->route, steps, &lan, err);
}

static int add_link(struct network *network, struct endpoint *endpoint, int index, int netns, const char *label,
                    struct steps *steps, struct error *err)
{
    if (network->definition.driver == DRIVER_BRIDGE)
        return add_veth(network, endpoint, index, netns, label, steps, err);
    return add_lan(network, endpoint, index, netns, label, steps, err);
}

/* --- what is on it --- */

static int configure(struct network *network, const struct endpoint *endpoint, struct netlink *inside, int index, int netns,
                     const char *label, struct steps *steps, struct error *err)
{
    struct interface_setup setup = {.name = endpoint->link,
                                    .index = index,
                                    .prefix_len = endpoint->prefix_len,
                                    .gateway = endpoint->no_route ? 0 : htonl(network->gateway),
                                    .route_by_link = !endpoint->no_route && network->definition.driver == DRIVER_IPVLAN &&
                                                     str_starts(network->definition.mode, "l3"),
                                    .label = label};
    struct link_info info;
    int r = 0;
    inet_pton(AF_INET, endpoint->address, &setup.address);
    if (*endpoint->address6) {
        setup.has6 = inet_pton(AF_INET6, endpoint->address6, setup.address6) == 1;
        setup.prefix_len6 = endpoint->prefix_len6;
        setup.has_gateway6 = !endpoint->no_route;
        ip_bytes(network->gateway6, true, setup.gateway6);
        r = netns_ipv6_on(steps, label, netns, endpoint->link, err);
    }
    if (r == 0 && !setup.index) {
        r = link_find(inside, endpoint->link, &info, err);
        setup.index = info.index;
    }
    return r < 0 ? r : link_configure(inside, steps, &setup, err);
}

int wire_add(struct network *network, struct endpoint *endpoint, struct wire_place *place, struct steps *steps, struct error *err)
{
    char label[16];
    namespace_label(endpoint, label);
    int r = add_link(network, endpoint, place->index, endpoint->netns, label, steps, err);
    if (r < 0)
        return r;
    r = configure(network, endpoint, &place->inside, place->index, endpoint->netns, label, steps, err);
    /* With a namespace of its own the link goes as that does; in one that stays it would be left. */
    if (r < 0 && !place->index && !*endpoint->host_link)
        (void)link_delete(&place->inside, NULL, endpoint->link, NULL);
    return r;
}

int network_route(struct network *network, const struct endpoint *endpoint, int netns, struct steps *steps, struct error *err)
{
    struct netlink inside = {0};
    struct link_info info;
    char label[16];
    namespace_label(endpoint, label);
    int r = netlink_open_in(&inside, netns, err);
    if (r == 0)
        r = link_find(&inside, endpoint->link, &info, err);
    uint32_t gateway = htonl(network->gateway);
    unsigned char gateway6[16];
    bool by_link = network->definition.driver == DRIVER_IPVLAN && str_starts(network->definition.mode, "l3");
    ip_bytes(network->gateway6, true, gateway6);
    if (r == 0)
        r = route_default_put(&inside, steps, label, endpoint->link, info.index, false, by_link ? NULL : (unsigned char *)&gateway,
                              err);
    if (r == 0 && *endpoint->address6)
        r = route_default_put(&inside, steps, label, endpoint->link, info.index, true, by_link ? NULL : gateway6, err);
    netlink_close(&inside);
    return r;
}

/* --- repairs --- */

int wire_replug(struct network *network, const char *host_link, struct error *err)
{
    struct link_info info;
    int r = link_find(&network->set->route, host_link, &info, err);
    if (r == 0 && (info.master != network->link_index || !info.up))
        r = link_set_master(&network->set->route, NULL, host_link, network->link, network->link_index, err);
    return r;
}

static int wire_anew(struct network *network, struct endpoint *endpoint, int netns, struct error *err)
{
    struct wire_place place = {0};
    int r = netlink_open_in(&place.inside, netns, err);
    if (r < 0)
        return r;
    int borrowed = endpoint->netns;
    struct link_info info;
    endpoint->netns = netns;
    if (!*endpoint->link)
        snprintf(endpoint->link, sizeof endpoint->link, "eth0");
    if (link_find(&place.inside, endpoint->link, &info, NULL) == 0)
        r = error_set(err, EEXIST, "the container has another link %s", endpoint->link);
    else
        r = wire_add(network, endpoint, &place, NULL, err);
    endpoint->netns = borrowed;
    netlink_close(&place.inside);
    return r;
}

int wire_repair(struct network *network, struct endpoint *endpoint, int netns, struct error *err)
{
    struct error local = ERROR_INIT;
    if (network->definition.driver != DRIVER_BRIDGE)
        return 0;
    int r = wire_replug(network, endpoint->host_link, &local);
    if (r == -ENODEV && netns >= 0) {
        local = (struct error)ERROR_INIT;
        r = wire_anew(network, endpoint, netns, &local);
        if (r == 0)
            log_info("container %s (%s) had lost its link: made anew", endpoint->name, endpoint->address);
    }
    return r < 0 ? error_set(err, local.code, "%s", local.message) : 0;
}
