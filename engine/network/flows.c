/* Which tracked connections are forgotten when published ports come and go, so that datagrams of a client that never stops sending
 * reach the container that has the port now. */
#include "network/network_internal.h"

#include "base/log.h"
#include "base/strings.h"
#include "kernel/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

struct ports_of {
    uint32_t container; /* network byte order */
    const struct attachment *attachment;
};

static bool is_through(const struct tracked_flow *flow, const void *context)
{
    const struct ports_of *of = context;
    return flow->destination == of->container || flow->reply_source == of->container || flow->source == of->container;
}

/* To one of the ports, but not answered by the container: the host itself, or the container that had the port before. */
static bool is_elsewhere(const struct tracked_flow *flow, const void *context)
{
    const struct ports_of *of = context;
    struct in_addr address;
    if (flow->protocol != IPPROTO_UDP || flow->reply_source == of->container)
        return false;
    for (size_t i = 0; i < of->attachment->port_count; i++) {
        const struct port_mapping *mapping = &of->attachment->ports[i]->mapping;
        if (!str_equal(mapping->protocol, "udp") || mapping->host_port != flow->destination_port ||
            inet_pton(AF_INET, mapping->host_address, &address) != 1)
            continue;
        if (!address.s_addr || address.s_addr == flow->destination)
            return true;
    }
    return false;
}

static void forget(struct network *network, const struct attachment *attachment,
                   bool (*chosen)(const struct tracked_flow *, const void *))
{
    const struct ports_of of = {htonl(attachment->address), attachment};
    struct error err = ERROR_INIT;
    size_t count = 0;
    int r = network->set->tracked.socket ? 0 : netlink_open(&network->set->tracked, NETLINK_NETFILTER, &err);
    if (r == 0)
        r = conntrack_forget(&network->set->tracked, chosen, &of, &count, &err);
    if (r < 0)
        log_debug("%s", err.message); /* a kernel that tracks nothing has nothing to forget */
    else if (count)
        log_debug("forgot %zu tracked connections of %s", count, attachment->name);
}

static bool has_udp(const struct attachment *attachment)
{
    for (size_t i = 0; i < attachment->port_count; i++)
        if (str_equal(attachment->ports[i]->mapping.protocol, "udp"))
            return true;
    return false;
}

void flows_move_here(struct network *network, const struct attachment *attachment)
{
    if (has_udp(attachment))
        forget(network, attachment, is_elsewhere);
}

void flows_end(struct network *network, const struct attachment *attachment)
{
    if (attachment->port_count && attachment->address)
        forget(network, attachment, is_through);
}
