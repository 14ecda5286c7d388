/* A container's place on the bridge: attaching, taking over after a restart, detaching. */
#include "network/network_internal.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINKS_MOST = 64 };

/* --- attachments --- */

static struct attachment *attachment_new(const struct endpoint *endpoint)
{
    struct attachment *attachment = xcalloc(1, sizeof *attachment);
    snprintf(attachment->id, sizeof attachment->id, "%s", endpoint->id);
    snprintf(attachment->container, sizeof attachment->container, "%s", endpoint->container);
    snprintf(attachment->name, sizeof attachment->name, "%s", endpoint->name);
    attachment->ports = xcalloc(endpoint->port_count + 1, sizeof *attachment->ports);
    return attachment;
}

/* With the lock held. */
static void drop_ports(struct network *network, struct attachment *attachment)
{
    if (network->set->proxy)
        proxy_drop(network->set->proxy, attachment);
    for (size_t i = 0; i < attachment->port_count; i++)
        ports_release(attachment->ports[i]);
    attachment->port_count = 0;
}

/* Everything but the rules: proxies, ports, address. With the network's lock held. */
static void attachment_end(struct network *network, struct attachment *attachment)
{
    drop_ports(network, attachment);
    if (attachment->address)
        ipam_release(&network->ipam, attachment->address);
    if (attachment->address6)
        ipam_release(&network->ipam6, attachment->address6);
    free(attachment->ports);
    free(attachment);
}

/* Where ports go that name no address: "host_binding_ipv4" of the network. Links on a parent have no ports: the container has an
 * address of its own among the machines around. */
static void default_host_address(const struct network *network, struct endpoint *endpoint)
{
    const char *address = network->definition.host_address;
    if (network->definition.driver != DRIVER_BRIDGE) {
        if (endpoint->port_count)
            log_warn("container %s: ports are not published on a %s network", endpoint->name, network_driver(network));
        endpoint->port_count = 0;
    }
    for (size_t i = 0; i < endpoint->port_count && *address && !str_equal(address, "0.0.0.0"); i++)
        if (!*endpoint->ports[i].host_address)
            snprintf(endpoint->ports[i].host_address, sizeof endpoint->ports[i].host_address, "%s", address);
}

static int hold_ports(struct attachment *attachment, struct endpoint *endpoint, struct error *err)
{
    for (size_t i = 0; i < endpoint->port_count; i++) {
        struct held_port *held = ports_hold(&endpoint->ports[i], err);
        if (!held)
            return -(err && err->code ? err->code : EADDRINUSE);
        attachment->ports[attachment->port_count++] = held;
    }
    return 0;
}

/* With the lock held. Without a proxy the sockets stay bound, so that nobody else takes the ports. */
static int serve_ports(struct network *network, struct attachment *attachment, struct error *err)
{
    if (!attachment->port_count || !network->set->userland_proxy)
        return 0;
    if (!network->set->proxy && !(network->set->proxy = proxy_new(err)))
        return -EAGAIN;
    for (size_t i = 0; i < attachment->port_count; i++) {
        struct held_port *held = attachment->ports[i];
        int *const sockets[] = {&held->socket, &held->socket6};
        for (size_t j = 0; j < ARRAY_LEN(sockets); j++) {
            if (*sockets[j] < 0)
                continue;
            if (str_equal(held->mapping.protocol, "sctp"))
                continue; /* rules only: the socket stays bound, so that nobody else takes the port */
            int socket = move_fd(*sockets[j]);
            int r = proxy_serve(network->set->proxy, attachment, socket, str_equal(held->mapping.protocol, "udp"),
                                htonl(attachment->address), held->mapping.container_port, err);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* dockerd's words around what went wrong with a port. */
static int port_failure(const struct endpoint *endpoint, int result, struct error *err)
{
    if (err && *endpoint->name)
        error_prefix(err, "driver failed programming external connectivity on endpoint %s (%s)", endpoint->name, endpoint->id);
    return result;
}

/* --- addresses --- */

static void mac_of_address(uint32_t address, unsigned char mac[6])
{
    const unsigned char made[6] = {0x02,
                                   0x42,
                                   (unsigned char)(address >> 24),
                                   (unsigned char)(address >> 16),
                                   (unsigned char)(address >> 8),
                                   (unsigned char)address};
    memcpy(mac, made, sizeof made);
}

static int settle_mac(const struct network *network, const struct endpoint_wish *wish, struct endpoint *endpoint, uint32_t address,
                      struct error *err)
{
    unsigned char mac[6];
    *endpoint->mac = '\0';
    if (network->definition.driver == DRIVER_IPVLAN)
        return 0; /* its parent's */
    mac_of_address(address, mac);
    if (wish && !str_empty(wish->mac) && wire_parse_mac(wish->mac, mac, err) < 0)
        return -EINVAL;
    snprintf(endpoint->mac, sizeof endpoint->mac, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return 0;
}

static int fill_texts(const struct network *network, const struct endpoint_wish *wish, struct endpoint *endpoint,
                      const struct attachment *attachment, struct error *err)
{
    char text[IP_TEXT];
    snprintf(endpoint->address, sizeof endpoint->address, "%.15s", ip_text(attachment->address, false, text));
    snprintf(endpoint->gateway, sizeof endpoint->gateway, "%.15s", ip_text(network->gateway, false, text));
    endpoint->prefix_len = network->ipam.prefix_len;
    *endpoint->address6 = *endpoint->gateway6 = '\0';
    endpoint->prefix_len6 = 0;
    if (attachment->address6) {
        ip_text(attachment->address6, true, endpoint->address6);
        ip_text(network->gateway6, true, endpoint->gateway6);
        endpoint->prefix_len6 = network->ipam6.prefix_len;
    }
    return settle_mac(network, wish, endpoint, attachment->address, err);
}

static int take_address(struct network *network, struct ipam *ipam, const char *wanted, ip_number *address, struct error *err)
{
    ip_number number;
    const struct definition *definition = &network->definition;
    if (str_empty(wanted)) {
        int r = ipam_take_next(ipam, address, err);
        return r == -ENOSPC ? error_set(err, ENOSPC, "no available IPv%d addresses on this network's address pools: %s (%s)",
                                        ipam->v6 ? 6 : 4, definition->name, definition->id)
                            : r;
    }
    if (ip_parse(wanted, ipam->v6, &number) < 0)
        return error_set(err, EINVAL, "invalid IPv%d address: %s", ipam->v6 ? 6 : 4, wanted);
    if (!ipam_holds(ipam, number))
        return error_set(err, EINVAL, "Invalid address %s: It does not belong to any of this network's subnets", wanted);
    int r = ipam_take(ipam, number, err);
    if (r == 0)
        *address = number;
    return r;
}

/* What was taken when it fails is given back with the attachment. */
static int take_addresses(struct network *network, const struct endpoint_wish *wish, struct attachment *attachment,
                          struct error *err)
{
    ip_number address = 0;
    int r = take_address(network, &network->ipam, wish ? wish->address : NULL, &address, err);
    attachment->address = (uint32_t)address;
    if (r < 0)
        return r;
    if (network->definition.ipv6)
        return take_address(network, &network->ipam6, wish ? wish->address6 : NULL, &attachment->address6, err);
    if (wish && !str_empty(wish->address6))
        return error_set(err, EINVAL, "Invalid address %s: It does not belong to any of this network's subnets", wish->address6);
    return 0;
}

/* --- attaching --- */

/* The first of eth0, eth1... that the namespace does not have. */
static int name_inside(struct netlink *inside, char out[16], struct error *err)
{
    for (int i = 0; i < LINKS_MOST; i++) {
        struct link_info info;
        struct error local = ERROR_INIT;
        snprintf(out, 16, "eth%d", i);
        int r = link_find(inside, out, &info, &local);
        if (r == -ENODEV)
            return 0;
        if (r < 0)
            return error_set(err, local.code, "%s", local.message);
    }
    return error_set(err, ENOSPC, "the container has %d network links, which is the most there can be", LINKS_MOST);
}

static int publish(struct network *network, struct endpoint *endpoint, struct attachment *attachment, struct steps *steps,
                   struct error *err)
{
    int r = rules_publish(network, endpoint->ports, endpoint->port_count, attachment->address, steps, err);
    if (r < 0)
        return port_failure(endpoint, r, err);
    r = serve_ports(network, attachment, err);
    if (r < 0) {
        rules_unpublish(network, endpoint->ports, endpoint->port_count, attachment->address, NULL);
        return port_failure(endpoint, r, err);
    }
    flows_move_here(network, attachment);
    return 0;
}

static bool link_is_gone(struct network *network)
{
    struct link_info info;
    return link_find(&network->set->route, network->link, &info, NULL) == -ENODEV;
}

/* With the lock held; what it did when it fails is undone by the caller. */
static int connect_endpoint(struct network *network, const struct endpoint_wish *wish, struct endpoint *endpoint,
                            struct attachment *attachment, struct wire_place *place, struct steps *steps, struct error *err)
{
    int r = take_addresses(network, wish, attachment, err);
    if (r == 0)
        r = fill_texts(network, wish, endpoint, attachment, err);
    if (r < 0)
        return r;
    snprintf(attachment->mac, sizeof attachment->mac, "%s", endpoint->mac);
    r = wire_add(network, endpoint, place, steps, err);
    if (r < 0 && !*endpoint->host_link && link_is_gone(network) && network_repair(network, err) == 0) {
        log_warn("link %s of network %s was gone: made anew", network->link, network->definition.name);
        place->index = 0; /* the link that failed has used up the number */
        r = wire_add(network, endpoint, place, steps, err);
    }
    if (r < 0)
        return r;
    snprintf(attachment->host_link, sizeof attachment->host_link, "%s", endpoint->host_link);
    r = publish(network, endpoint, attachment, steps, err);
    if (r < 0)
        return r;
    attachment->next = network->attachments;
    network->attachments = attachment;
    return 0;
}

static int open_place(struct endpoint *endpoint, struct wire_place *place, const char *label, struct steps *steps,
                      struct error *err)
{
    if (endpoint->netns > 0) {
        int r = netlink_open_in(&place->inside, endpoint->netns, err);
        return r < 0 ? r : name_inside(&place->inside, endpoint->link, err);
    }
    place->index = CONTAINER_LINK_INDEX;
    snprintf(endpoint->link, sizeof endpoint->link, "eth0");
    return netns_take(steps, label, &endpoint->netns, &place->inside, err);
}

static int attach(struct network *network, const struct endpoint_wish *wish, struct endpoint *endpoint,
                  struct attachment *attachment, struct steps *steps, struct error *err)
{
    char label[16];
    struct wire_place place = {0};
    namespace_label(endpoint, label);
    default_host_address(network, endpoint);
    int r = hold_ports(attachment, endpoint, err);
    if (r < 0)
        return port_failure(endpoint, r, err);
    r = open_place(endpoint, &place, label, steps, err);
    if (r == 0) {
        pthread_mutex_lock(&network->set->lock);
        rules_settle(network);
        if (network->removed)
            r = error_set(err, ENOENT, "network %s not found", network->definition.name);
        else if (!network->up)
            r = network_up(network, steps, err);
        if (r == 0)
            r = connect_endpoint(network, wish, endpoint, attachment, &place, steps, err);
        pthread_mutex_unlock(&network->set->lock);
    }
    netlink_close(&place.inside);
    return r;
}

int network_attach(struct network *network, const struct endpoint_wish *wish, struct endpoint *endpoint, struct steps *steps,
                   struct error *err)
{
    int joined = endpoint->netns > 0 ? endpoint->netns : -EBADF;
    *endpoint->host_link = '\0';
    if (!*endpoint->id)
        id_generate(endpoint->id);
    struct attachment *attachment = attachment_new(endpoint);
    /* Ports that were chosen for an attempt that failed are not the caller's. */
    cleanup_free struct port_mapping *asked = xcalloc(endpoint->port_count + 1, sizeof *asked);
    if (endpoint->port_count)
        memcpy(asked, endpoint->ports, endpoint->port_count * sizeof *asked);
    struct error local = ERROR_INIT;
    int r = attach(network, wish, endpoint, attachment, steps, &local);
    if (r == 0)
        return 0;
    pthread_mutex_lock(&network->set->lock);
    attachment_end(network, attachment);
    pthread_mutex_unlock(&network->set->lock);
    if (joined > 0 && *endpoint->host_link)
        (void)link_delete(&network->set->route, NULL, endpoint->host_link, NULL);
    else if (joined < 0)
        worker_clean(network->set->worker, move_fd(endpoint->netns), endpoint->host_link);
    endpoint->netns = joined;
    *endpoint->host_link = *endpoint->address = *endpoint->address6 = *endpoint->mac = *endpoint->link = '\0';
    if (endpoint->port_count)
        memcpy(endpoint->ports, asked, endpoint->port_count * sizeof *asked);
    return error_set(err, local.code ? local.code : -r, "%s", local.message);
}

/* --- moving ports --- */

static struct attachment *attachment_of(const struct network *network, const struct endpoint *endpoint)
{
    struct attachment *attachment = network->attachments;
    while (attachment && !str_equal(attachment->id, endpoint->id))
        attachment = attachment->next;
    return attachment;
}

int network_publish(struct network *network, struct endpoint *endpoint, struct steps *steps, struct error *err)
{
    pthread_mutex_lock(&network->set->lock);
    struct attachment *attachment = attachment_of(network, endpoint);
    int r = attachment ? 0 : error_set(err, ENOENT, "endpoint %s is not on network %s", endpoint->id, network->definition.name);
    if (r == 0) {
        free(attachment->ports);
        attachment->ports = xcalloc(endpoint->port_count + 1, sizeof *attachment->ports);
        default_host_address(network, endpoint);
        r = hold_ports(attachment, endpoint, err);
        if (r < 0)
            port_failure(endpoint, r, err);
    }
    if (r == 0)
        r = publish(network, endpoint, attachment, steps, err);
    if (r < 0 && attachment)
        drop_ports(network, attachment);
    pthread_mutex_unlock(&network->set->lock);
    return r;
}

void network_unpublish(struct network *network, const struct endpoint *endpoint)
{
    pthread_mutex_lock(&network->set->lock);
    struct attachment *attachment = attachment_of(network, endpoint);
    if (attachment) {
        rules_unpublish(network, endpoint->ports, endpoint->port_count, attachment->address, NULL);
        flows_end(network, attachment);
        drop_ports(network, attachment);
    }
    pthread_mutex_unlock(&network->set->lock);
}

/* --- after a restart --- */

static int adopt(struct network *network, struct endpoint *endpoint, struct attachment *attachment, int netns, struct error *err)
{
    const struct endpoint_wish wish = {.address = endpoint->address, .address6 = endpoint->address6};
    int r = take_addresses(network, &wish, attachment, err);
    if (r < 0)
        return r;
    snprintf(attachment->mac, sizeof attachment->mac, "%s", endpoint->mac);
    struct error local = ERROR_INIT;
    if (wire_repair(network, endpoint, netns, &local) < 0)
        log_warn("container %s (%s) has lost its network: %s", endpoint->name, endpoint->address, local.message);
    snprintf(attachment->host_link, sizeof attachment->host_link, "%s", endpoint->host_link);
    r = rules_adopt(network, endpoint->ports, endpoint->port_count, attachment->address, err);
    if (r == 0)
        r = serve_ports(network, attachment, err);
    if (r < 0)
        return port_failure(endpoint, r, err);
    attachment->next = network->attachments;
    network->attachments = attachment;
    return 0;
}

int network_adopt(struct network *network, struct endpoint *endpoint, struct error *err)
{
    int netns = endpoint->netns > 0 ? endpoint->netns : -EBADF;
    endpoint->netns = -EBADF;
    if (!*endpoint->id)
        id_generate(endpoint->id);
    struct attachment *attachment = attachment_new(endpoint);
    int r = hold_ports(attachment, endpoint, err);
    if (r < 0)
        port_failure(endpoint, r, err);
    pthread_mutex_lock(&network->set->lock);
    if (r == 0)
        r = adopt(network, endpoint, attachment, netns, err);
    if (r < 0)
        attachment_end(network, attachment);
    pthread_mutex_unlock(&network->set->lock);
    return r;
}

/* --- detaching --- */

static bool address_has_owner(const struct network *network, const char *text)
{
    struct in_addr in;
    if (inet_pton(AF_INET, text, &in) != 1)
        return true; /* no address, no rules */
    for (const struct attachment *attachment = network->attachments; attachment; attachment = attachment->next)
        if (attachment->address == ntohl(in.s_addr))
            return true;
    return false;
}

static void give_back(struct network *network, const struct endpoint *endpoint)
{
    pthread_mutex_lock(&network->set->lock);
    struct attachment **link = &network->attachments;
    while (*link && !str_equal((*link)->id, endpoint->id))
        link = &(*link)->next;
    struct attachment *attachment = *link;
    if (attachment)
        *link = attachment->next;
    struct in_addr in;
    /* An endpoint that was never taken over: by now its address may be another's, and so may its rules. */
    if (!address_has_owner(network, endpoint->address) && inet_pton(AF_INET, endpoint->address, &in) == 1)
        rules_unpublish(network, endpoint->ports, endpoint->port_count, ntohl(in.s_addr), NULL);
    if (attachment) {
        flows_end(network, attachment);
        attachment_end(network, attachment);
    }
    pthread_mutex_unlock(&network->set->lock);
}

/* macvlan and ipvlan have no end on this side: the one inside goes. */
static void unplug_inside(const struct endpoint *endpoint, struct steps *steps)
{
    struct netlink inside = {0};
    struct error err = ERROR_INIT;
    if (endpoint->netns <= 0 || !*endpoint->link)
        return;
    if (netlink_open_in(&inside, endpoint->netns, &err) == 0)
        (void)link_delete(&inside, steps, endpoint->link, &err);
    if (err.code && err.code != ENODEV)
        log_warn("%s", err.message);
    netlink_close(&inside);
}

void network_detach(struct network *network, struct endpoint *endpoint)
{
    give_back(network, endpoint);
    /* A zeroed endpoint has no descriptor, not descriptor 0. */
    worker_clean(network->set->worker, endpoint->netns > 0 ? endpoint->netns : -EBADF, endpoint->host_link);
    endpoint->netns = -EBADF;
    *endpoint->host_link = '\0';
}

void network_unplug(struct network *network, struct endpoint *endpoint, struct steps *steps)
{
    give_back(network, endpoint);
    struct error err = ERROR_INIT;
    if (!*endpoint->host_link)
        unplug_inside(endpoint, steps);
    pthread_mutex_lock(&network->set->lock);
    if (*endpoint->host_link && link_delete(&network->set->route, steps, endpoint->host_link, &err) < 0 && err.code != ENODEV)
        log_warn("%s", err.message);
    pthread_mutex_unlock(&network->set->lock);
    *endpoint->host_link = '\0';
}

void endpoint_free(struct endpoint *endpoint)
{
    if (endpoint->netns > 0)
        fd_close(endpoint->netns);
    free(endpoint->ports);
    *endpoint = (struct endpoint){.netns = -EBADF};
}
