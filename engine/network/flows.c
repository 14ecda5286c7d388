/* Which tracked connections are forgotten when published ports come and go, so that datagrams of a client that never stops sending
 * reach the container that has the port now. */
#include "network/network_internal.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

/* A kernel that tracks nothing has nothing to forget. */
static void forget(struct networks *set, const struct tracked_flow *flow)
{
    struct error err = ERROR_INIT;
    int r = set->tracked.socket ? 0 : netlink_open(&set->tracked, NETLINK_NETFILTER, &err);
    if (r == 0)
        r = conntrack_forget(&set->tracked, flow, &err);
    if (r < 0)
        log_debug("%s", err.message);
}

/* Whoever answered to the port until now: the host itself, or the container that had it before. */
static void forget_port(struct networks *set, const struct port_mapping *mapping, const struct link_address *addresses,
                        size_t count)
{
    struct tracked_flow flow = {.protocol = IPPROTO_UDP, .destination_port = mapping->host_port};
    struct in_addr address;
    if (inet_pton(AF_INET, mapping->host_address, &address) != 1)
        return;
    if (address.s_addr) {
        flow.destination = address.s_addr;
        forget(set, &flow);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        flow.destination = addresses[i].address;
        if (ntohl(flow.destination) >> 24 != 127)
            forget(set, &flow);
    }
}

void flows_move_here(struct network *network, const struct attachment *attachment)
{
    cleanup_free struct link_address *addresses = NULL;
    size_t count = 0;
    bool listed = false;
    for (size_t i = 0; i < attachment->port_count; i++) {
        const struct port_mapping *mapping = &attachment->ports[i]->mapping;
        if (!str_equal(mapping->protocol, "udp"))
            continue;
        if (!listed && address_list(&network->set->route, &addresses, &count, NULL) < 0)
            return;
        listed = true;
        forget_port(network->set, mapping, addresses, count);
    }
}

void flows_end(struct network *network, const struct attachment *attachment)
{
    const struct tracked_flow flow = {.reply_source = htonl(attachment->address)};
    if (attachment->port_count && attachment->address)
        forget(network->set, &flow);
}
