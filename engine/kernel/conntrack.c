/* ctnetlink by hand on libmnl: a dump, and a deletion for each connection that goes, by its own tuple. */
#include "kernel/conntrack.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* What names a connection to the kernel again: its first tuple and its zone, copied as they came. */
struct found {
    char tuple[128];
    uint16_t tuple_size;
    uint16_t zone;
};

struct search {
    bool (*chosen)(const struct tracked_flow *flow, const void *context);
    const void *context;
    struct found *found;
    size_t count, room;
};

static void init_message(struct nlmsghdr *message, uint16_t type)
{
    message->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
    struct nfgenmsg *body = mnl_nlmsg_put_extra_header(message, sizeof *body);
    *body = (struct nfgenmsg){.nfgen_family = AF_INET, .version = NFNETLINK_V0};
}

/* --- one connection --- */

struct tuple {
    uint32_t source, destination;
    uint16_t source_port, destination_port;
    uint8_t protocol;
};

static int each_of_tuple(const struct nlattr *attribute, void *data);

static int each_address(const struct nlattr *attribute, void *data)
{
    struct tuple *tuple = data;
    if (mnl_attr_get_type(attribute) == CTA_IP_V4_SRC)
        tuple->source = mnl_attr_get_u32(attribute);
    else if (mnl_attr_get_type(attribute) == CTA_IP_V4_DST)
        tuple->destination = mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

static int each_port(const struct nlattr *attribute, void *data)
{
    struct tuple *tuple = data;
    if (mnl_attr_get_type(attribute) == CTA_PROTO_NUM)
        tuple->protocol = mnl_attr_get_u8(attribute);
    else if (mnl_attr_get_type(attribute) == CTA_PROTO_SRC_PORT)
        tuple->source_port = ntohs(mnl_attr_get_u16(attribute));
    else if (mnl_attr_get_type(attribute) == CTA_PROTO_DST_PORT)
        tuple->destination_port = ntohs(mnl_attr_get_u16(attribute));
    return MNL_CB_OK;
}

static int each_of_tuple(const struct nlattr *attribute, void *data)
{
    if (mnl_attr_get_type(attribute) == CTA_TUPLE_IP)
        mnl_attr_parse_nested(attribute, each_address, data);
    else if (mnl_attr_get_type(attribute) == CTA_TUPLE_PROTO)
        mnl_attr_parse_nested(attribute, each_port, data);
    return MNL_CB_OK;
}

struct entry {
    struct tuple first, reply;
    struct found found;
};

static int each_of_entry(const struct nlattr *attribute, void *data)
{
    struct entry *entry = data;
    uint16_t size = mnl_attr_get_payload_len(attribute);
    switch (mnl_attr_get_type(attribute)) {
    case CTA_TUPLE_ORIG:
        mnl_attr_parse_nested(attribute, each_of_tuple, &entry->first);
        if (size <= sizeof entry->found.tuple) {
            memcpy(entry->found.tuple, mnl_attr_get_payload(attribute), size);
            entry->found.tuple_size = size;
        }
        break;
    case CTA_TUPLE_REPLY:
        mnl_attr_parse_nested(attribute, each_of_tuple, &entry->reply);
        break;
    case CTA_ZONE:
        entry->found.zone = mnl_attr_get_u16(attribute);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static int collect(const struct nlmsghdr *message, void *data)
{
    struct search *search = data;
    struct entry entry = {0};
    mnl_attr_parse(message, sizeof(struct nfgenmsg), each_of_entry, &entry);
    const struct tracked_flow flow = {.protocol = entry.first.protocol,
                                      .source = entry.first.source,
                                      .destination = entry.first.destination,
                                      .source_port = entry.first.source_port,
                                      .destination_port = entry.first.destination_port,
                                      .reply_source = entry.reply.source,
                                      .reply_destination = entry.reply.destination};
    if (!entry.found.tuple_size || !search->chosen(&flow, search->context))
        return MNL_CB_OK;
    if (search->count == search->room)
        search->found = xrealloc(search->found, (search->room = search->room * 2 + 16) * sizeof *search->found);
    search->found[search->count++] = entry.found;
    return MNL_CB_OK;
}

static void collect_again(void *data) { ((struct search *)data)->count = 0; }

/* --- forgetting --- */

static int forget(struct netlink *netlink, const struct found *found, struct error *err)
{
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    struct nlmsghdr *message = netlink_batch_add(&batch, netlink, 0, NLM_F_ACK);
    init_message(message, IPCTNL_MSG_CT_DELETE);
    mnl_attr_put(message, CTA_TUPLE_ORIG | NLA_F_NESTED, found->tuple_size, found->tuple);
    if (found->zone)
        mnl_attr_put_u16(message, CTA_ZONE, found->zone);
    int r = netlink_batch_send(&batch, netlink, NULL, err);
    return r == -ENOENT ? 0 : r; /* it has ended by itself */
}

int conntrack_forget(struct netlink *netlink, bool (*chosen)(const struct tracked_flow *flow, const void *context),
                     const void *context, size_t *count, struct error *err)
{
    struct search search = {.chosen = chosen, .context = context};
    char buffer[256];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    init_message(request, IPCTNL_MSG_CT_GET);
    struct error local = ERROR_INIT;
    int r = netlink_dump(netlink, request, collect, &search, collect_again, &local);
    for (size_t i = 0; i < search.count && r == 0; i++)
        r = forget(netlink, &search.found[i], &local);
    if (count)
        *count = search.count;
    free(search.found);
    return r < 0 ? error_set(err, local.code, "tracked connections: %s", local.message) : 0;
}
