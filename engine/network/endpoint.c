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

enum { CONTAINER_LINK_INDEX = 2, NAME_ATTEMPTS = 8, LINKS_MOST = 64 };

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
    free(attachment->ports);
    free(attachment);
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

/* --- the wire --- */

/* What the namespace is called in steps: a short id, as `ip netns` would show it. */
static void namespace_label(const struct endpoint *endpoint, char out[16])
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
static int parse_mac(const char *text, unsigned char mac[6], struct error *err)
{
    int used = 0;
    if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5, &used) != 6 ||
        text[used] || mac[0] & 1)
        return error_set(err, EINVAL, "invalid MAC address: %s", text);
    return 0;
}

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

static int add_wire(struct network *network, struct endpoint *endpoint, int index, const char *label, struct steps *steps,
                    struct error *err)
{
    struct veth_pair pair = {.host_name = endpoint->host_link,
                             .master = network->link,
                             .master_index = network->link_index,
                             .mtu = network->definition.mtu,
                             .peer_name = endpoint->link,
                             .peer_index = index,
                             .peer_netns = endpoint->netns,
                             .label = label};
    int r = parse_mac(endpoint->mac, pair.peer_mac, err);
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

static int fill_texts(const struct network *network, const struct endpoint_wish *wish, struct endpoint *endpoint, uint32_t address,
                      struct error *err)
{
    struct in_addr in = {htonl(address)}, gateway = {htonl(network->gateway)};
    unsigned char mac[6];
    inet_ntop(AF_INET, &in, endpoint->address, sizeof endpoint->address);
    inet_ntop(AF_INET, &gateway, endpoint->gateway, sizeof endpoint->gateway);
    endpoint->prefix_len = network->ipam.prefix_len;
    mac_of_address(address, mac);
    if (wish && !str_empty(wish->mac) && parse_mac(wish->mac, mac, err) < 0)
        return -EINVAL;
    snprintf(endpoint->mac, sizeof endpoint->mac, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return 0;
}

static int take_address(struct network *network, const char *wanted, uint32_t *address, struct error *err)
{
    if (str_empty(wanted))
        return ipam_take_next(&network->ipam, address, err);
    struct in_addr in;
    if (inet_pton(AF_INET, wanted, &in) != 1)
        return error_set(err, EINVAL, "invalid IPv4 address: %s", wanted);
    int r = ipam_take(&network->ipam, ntohl(in.s_addr), err);
    if (r == 0)
        *address = ntohl(in.s_addr);
    return r;
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

/* Where it goes: a namespace made for it, whose first link it is, or one that is there. */
struct place {
    struct netlink inside;
    int index; /* 0: unknown */
    bool shared;
};

static int configure_inside(struct network *network, struct endpoint *endpoint, struct place *place, uint32_t address,
                            const char *label, struct steps *steps, struct error *err)
{
    struct interface_setup setup = {.name = endpoint->link,
                                    .index = place->index,
                                    .address = htonl(address),
                                    .prefix_len = network->ipam.prefix_len,
                                    .gateway = endpoint->no_route ? 0 : htonl(network->gateway),
                                    .label = label};
    struct link_info info;
    if (!setup.index) {
        int r = link_find(&place->inside, endpoint->link, &info, err);
        if (r < 0)
            return r;
        setup.index = info.index;
    }
    return link_configure(&place->inside, steps, &setup, err);
}

/* With the lock held; what it did when it fails is undone by the caller. */
static int connect_endpoint(struct network *network, const struct endpoint_wish *wish, struct endpoint *endpoint,
                            struct attachment *attachment, struct place *place, const char *label, struct steps *steps,
                            struct error *err)
{
    int r = take_address(network, wish ? wish->address : NULL, &attachment->address, err);
    if (r == 0)
        r = fill_texts(network, wish, endpoint, attachment->address, err);
    if (r < 0)
        return r;
    snprintf(attachment->mac, sizeof attachment->mac, "%s", endpoint->mac);
    r = add_wire(network, endpoint, place->index, label, steps, err);
    if (r == 0)
        r = configure_inside(network, endpoint, place, attachment->address, label, steps, err);
    if (r < 0)
        return r;
    r = rules_publish(network, endpoint->ports, endpoint->port_count, attachment->address, steps, err);
    if (r < 0)
        return port_failure(endpoint, r, err);
    r = serve_ports(network, attachment, err);
    if (r < 0) {
        rules_unpublish(network, endpoint->ports, endpoint->port_count, attachment->address, NULL);
        return port_failure(endpoint, r, err);
    }
    attachment->next = network->attachments;
    network->attachments = attachment;
    return 0;
}

static int open_place(struct endpoint *endpoint, struct place *place, const char *label, struct steps *steps, struct error *err)
{
    place->shared = endpoint->netns > 0;
    if (place->shared) {
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
    struct place place = {0};
    namespace_label(endpoint, label);
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
            r = connect_endpoint(network, wish, endpoint, attachment, &place, label, steps, err);
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
    *endpoint->host_link = *endpoint->address = *endpoint->mac = *endpoint->link = '\0';
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
        r = hold_ports(attachment, endpoint, err);
    }
    if (r == 0)
        r = rules_publish(network, endpoint->ports, endpoint->port_count, attachment->address, steps, err);
    if (r == 0 && (r = serve_ports(network, attachment, err)) < 0)
        rules_unpublish(network, endpoint->ports, endpoint->port_count, attachment->address, NULL);
    if (r < 0 && attachment)
        drop_ports(network, attachment);
    pthread_mutex_unlock(&network->set->lock);
    return r < 0 ? port_failure(endpoint, r, err) : 0;
}

void network_unpublish(struct network *network, const struct endpoint *endpoint)
{
    pthread_mutex_lock(&network->set->lock);
    struct attachment *attachment = attachment_of(network, endpoint);
    if (attachment) {
        rules_unpublish(network, endpoint->ports, endpoint->port_count, attachment->address, NULL);
        drop_ports(network, attachment);
    }
    pthread_mutex_unlock(&network->set->lock);
}

/* --- after a restart --- */

/* Somebody may have taken the wire off the bridge, or the bridge away. */
static void repair_wire(struct network *network, const struct endpoint *endpoint)
{
    struct link_info info;
    struct error err = ERROR_INIT;
    int r = link_find(&network->set->route, endpoint->host_link, &info, &err);
    if (r == 0 && (info.master != network->link_index || !info.up))
        r = link_set_master(&network->set->route, NULL, endpoint->host_link, network->link, network->link_index, &err);
    if (r < 0)
        log_warn("container %s (%s) has lost its network: %s", endpoint->name, endpoint->address, err.message);
}

static int adopt(struct network *network, struct endpoint *endpoint, struct attachment *attachment, struct error *err)
{
    int r = take_address(network, endpoint->address, &attachment->address, err);
    if (r < 0)
        return r;
    snprintf(attachment->mac, sizeof attachment->mac, "%s", endpoint->mac);
    repair_wire(network, endpoint);
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
    endpoint->netns = -EBADF;
    if (!*endpoint->id)
        id_generate(endpoint->id);
    struct attachment *attachment = attachment_new(endpoint);
    int r = hold_ports(attachment, endpoint, err);
    if (r < 0)
        port_failure(endpoint, r, err);
    pthread_mutex_lock(&network->set->lock);
    if (r == 0)
        r = adopt(network, endpoint, attachment, err);
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
    if (attachment)
        attachment_end(network, attachment);
    pthread_mutex_unlock(&network->set->lock);
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
    pthread_mutex_lock(&network->set->lock);
    if (*endpoint->host_link && link_delete(&network->set->route, steps, endpoint->host_link, &err) < 0 && err.code != ENODEV)
        log_warn("%s", err.message);
    pthread_mutex_unlock(&network->set->lock);
    *endpoint->host_link = '\0';
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
    if (r == 0)
        r = route_default_set(&inside, steps, label, endpoint->link, info.index, htonl(network->gateway), err);
    netlink_close(&inside);
    return r;
}

void endpoint_free(struct endpoint *endpoint)
{
    if (endpoint->netns > 0)
        fd_close(endpoint->netns);
    free(endpoint->ports);
    *endpoint = (struct endpoint){.netns = -EBADF};
}
