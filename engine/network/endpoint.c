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

enum { CONTAINER_LINK_INDEX = 2, NAME_ATTEMPTS = 8 };

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

/* Everything but the rules: proxies, ports, address. With the network's lock held. */
static void attachment_end(struct network *network, struct attachment *attachment)
{
    if (network->proxy)
        proxy_drop(network->proxy, attachment);
    for (size_t i = 0; i < attachment->port_count; i++)
        ports_release(attachment->ports[i]);
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
    if (!attachment->port_count || !network->userland_proxy)
        return 0;
    if (!network->proxy && !(network->proxy = proxy_new(err)))
        return -EAGAIN;
    for (size_t i = 0; i < attachment->port_count; i++) {
        struct held_port *held = attachment->ports[i];
        int *const sockets[] = {&held->socket, &held->socket6};
        for (size_t j = 0; j < ARRAY_LEN(sockets); j++) {
            if (*sockets[j] < 0)
                continue;
            int socket = move_fd(*sockets[j]);
            int r = proxy_serve(network->proxy, attachment, socket, str_equal(held->mapping.protocol, "udp"),
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

static int add_wire(struct network *network, struct endpoint *endpoint, uint32_t address, const char *label, struct steps *steps,
                    struct error *err)
{
    struct veth_pair pair = {.host_name = endpoint->host_link,
                             .master = network->bridge,
                             .master_index = network->bridge_index,
                             .mtu = network->mtu,
                             .peer_name = "eth0",
                             .peer_index = CONTAINER_LINK_INDEX,
                             .peer_mac = {0x02, 0x42, (unsigned char)(address >> 24), (unsigned char)(address >> 16),
                                          (unsigned char)(address >> 8), (unsigned char)address},
                             .peer_netns = endpoint->netns,
                             .label = label};
    int r = -EEXIST;
    for (int i = 0; i < NAME_ATTEMPTS && r == -EEXIST; i++) {
        name_link(endpoint->host_link);
        r = link_add_veth(&network->route, steps, &pair, err);
    }
    if (r < 0)
        *endpoint->host_link = '\0';
    /* The address, and so the MAC, is often that of a container that has just gone and whose port is still being taken down: left
     * to itself the bridge would go on sending frames there. */
    if (r == 0)
        r = link_set_station(&network->route, steps, endpoint->host_link, pair.peer_mac, err);
    if (r == 0 && !network->userland_proxy)
        r = link_set_hairpin(&network->route, steps, endpoint->host_link, err);
    return r;
}

static void fill_texts(const struct network *network, struct endpoint *endpoint, uint32_t address)
{
    struct in_addr in = {htonl(address)}, gateway = {htonl(network->gateway)};
    inet_ntop(AF_INET, &in, endpoint->address, sizeof endpoint->address);
    inet_ntop(AF_INET, &gateway, endpoint->gateway, sizeof endpoint->gateway);
    endpoint->prefix_len = network->ipam.prefix_len;
    snprintf(endpoint->mac, sizeof endpoint->mac, "02:42:%02x:%02x:%02x:%02x", address >> 24, address >> 16 & 255,
             address >> 8 & 255, address & 255);
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

/* With the lock held; what it did when it fails is undone by the caller. */
static int connect_endpoint(struct network *network, const char *wanted, struct endpoint *endpoint, struct attachment *attachment,
                            struct netlink *inside, const char *label, struct steps *steps, struct error *err)
{
    int r = take_address(network, wanted, &attachment->address, err);
    if (r < 0)
        return r;
    fill_texts(network, endpoint, attachment->address);
    snprintf(attachment->mac, sizeof attachment->mac, "%s", endpoint->mac);
    r = add_wire(network, endpoint, attachment->address, label, steps, err);
    if (r < 0)
        return r;
    struct interface_setup setup = {.name = "eth0",
                                    .index = CONTAINER_LINK_INDEX,
                                    .address = htonl(attachment->address),
                                    .prefix_len = network->ipam.prefix_len,
                                    .gateway = htonl(network->gateway),
                                    .label = label};
    r = link_configure(inside, steps, &setup, err);
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

static int attach(struct network *network, const char *wanted, struct endpoint *endpoint, struct attachment *attachment,
                  struct steps *steps, struct error *err)
{
    char label[16];
    namespace_label(endpoint, label);
    int r = hold_ports(attachment, endpoint, err);
    if (r < 0)
        return port_failure(endpoint, r, err);
    struct netlink inside;
    r = netns_take(steps, label, &endpoint->netns, &inside, err);
    if (r < 0)
        return r;
    pthread_mutex_lock(&network->lock);
    rules_settle(network);
    r = connect_endpoint(network, wanted, endpoint, attachment, &inside, label, steps, err);
    pthread_mutex_unlock(&network->lock);
    netlink_close(&inside);
    return r;
}

int network_attach(struct network *network, const char *wanted, struct endpoint *endpoint, struct steps *steps, struct error *err)
{
    endpoint->netns = -EBADF;
    *endpoint->host_link = '\0';
    if (!*endpoint->id)
        id_generate(endpoint->id);
    struct attachment *attachment = attachment_new(endpoint);
    /* Ports that were chosen for an attempt that failed are not the caller's. */
    cleanup_free struct port_mapping *asked = xcalloc(endpoint->port_count + 1, sizeof *asked);
    if (endpoint->port_count)
        memcpy(asked, endpoint->ports, endpoint->port_count * sizeof *asked);
    struct error local = ERROR_INIT;
    int r = attach(network, wanted, endpoint, attachment, steps, &local);
    if (r == 0)
        return 0;
    pthread_mutex_lock(&network->lock);
    attachment_end(network, attachment);
    pthread_mutex_unlock(&network->lock);
    worker_clean(network->worker, move_fd(endpoint->netns), endpoint->host_link);
    *endpoint->host_link = *endpoint->address = *endpoint->mac = '\0';
    if (endpoint->port_count)
        memcpy(endpoint->ports, asked, endpoint->port_count * sizeof *asked);
    return error_set(err, local.code ? local.code : -r, "%s", local.message);
}

/* --- after a restart --- */

/* Somebody may have taken the wire off the bridge, or the bridge away. */
static void repair_wire(struct network *network, const struct endpoint *endpoint)
{
    struct link_info info;
    struct error err = ERROR_INIT;
    int r = link_find(&network->route, endpoint->host_link, &info, &err);
    if (r == 0 && (info.master != network->bridge_index || !info.up))
        r = link_set_master(&network->route, NULL, endpoint->host_link, network->bridge, network->bridge_index, &err);
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
    pthread_mutex_lock(&network->lock);
    if (r == 0)
        r = adopt(network, endpoint, attachment, err);
    if (r < 0)
        attachment_end(network, attachment);
    pthread_mutex_unlock(&network->lock);
    return r;
}

void network_settle(struct network *network)
{
    pthread_mutex_lock(&network->lock);
    rules_settle(network);
    pthread_mutex_unlock(&network->lock);
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

void network_detach(struct network *network, struct endpoint *endpoint)
{
    pthread_mutex_lock(&network->lock);
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
    pthread_mutex_unlock(&network->lock);
    /* A zeroed endpoint has no descriptor, not descriptor 0. */
    worker_clean(network->worker, endpoint->netns > 0 ? endpoint->netns : -EBADF, endpoint->host_link);
    endpoint->netns = -EBADF;
    *endpoint->host_link = '\0';
}

void endpoint_free(struct endpoint *endpoint)
{
    if (endpoint->netns > 0)
        fd_close(endpoint->netns);
    free(endpoint->ports);
    *endpoint = (struct endpoint){.netns = -EBADF};
}
