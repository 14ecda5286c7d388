/* ctnetlink by hand on libmnl: one deletion with a filter (CTA_FILTER). */
#include "kernel/net/conntrack.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/utsname.h>

/* net/netfilter/nf_conntrack_netlink.c: what of a tuple is compared. The kernel's header for programs does not have them. */
enum filter { COMPARE_DESTINATION = 1 << 1, COMPARE_SOURCE = 1 << 0, COMPARE_PROTOCOL = 1 << 3, COMPARE_DESTINATION_PORT = 1 << 5 };

static bool filters(void)
{
    struct utsname name;
    unsigned major = 0, minor = 0;
    return uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 && (major > 5 || (major == 5 && minor >= 8));
}

static uint32_t put_first(struct nlmsghdr *message, const struct tracked_flow *flow)
{
    uint32_t flags = 0;
    struct nlattr *tuple = mnl_attr_nest_start(message, CTA_TUPLE_ORIG);
    if (flow->destination) {
        struct nlattr *addresses = mnl_attr_nest_start(message, CTA_TUPLE_IP);
        mnl_attr_put_u32(message, CTA_IP_V4_DST, flow->destination);
        mnl_attr_nest_end(message, addresses);
        flags |= COMPARE_DESTINATION;
    }
    if (flow->protocol) {
        struct nlattr *ports = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
        mnl_attr_put_u8(message, CTA_PROTO_NUM, flow->protocol);
        flags |= COMPARE_PROTOCOL;
        if (flow->destination_port) {
            mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(flow->destination_port));
            flags |= COMPARE_DESTINATION_PORT;
        }
        mnl_attr_nest_end(message, ports);
    }
    mnl_attr_nest_end(message, tuple);
    return flags;
}

static void put_reply(struct nlmsghdr *message, const struct tracked_flow *flow)
{
    struct nlattr *tuple = mnl_attr_nest_start(message, CTA_TUPLE_REPLY);
    struct nlattr *addresses = mnl_attr_nest_start(message, CTA_TUPLE_IP);
    mnl_attr_put_u32(message, CTA_IP_V4_SRC, flow->reply_source);
    mnl_attr_nest_end(message, addresses);
    mnl_attr_nest_end(message, tuple);
}

int conntrack_forget(struct netlink *netlink, const struct tracked_flow *flow, struct error *err)
{
    bool first = flow->destination || flow->protocol;
    if (!first && !flow->reply_source)
        return error_set(err, EINVAL, "which tracked connections?");
    if (!filters())
        return error_set(err, EOPNOTSUPP, "tracked connections can be chosen by kernels from 5.8 on");
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    struct nlmsghdr *message =
        netlink_batch_add(&batch, netlink, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE), NLM_F_ACK);
    struct nfgenmsg *body = mnl_nlmsg_put_extra_header(message, sizeof *body);
    *body = (struct nfgenmsg){.nfgen_family = AF_INET, .version = NFNETLINK_V0};
    /* A first tuple by itself would name one connection; beside a filter it is a pattern. */
    uint32_t first_flags = first ? put_first(message, flow) : 0;
    if (flow->reply_source)
        put_reply(message, flow);
    struct nlattr *filter = mnl_attr_nest_start(message, CTA_FILTER);
    mnl_attr_put_u32(message, CTA_FILTER_ORIG_FLAGS, first_flags);
    mnl_attr_put_u32(message, CTA_FILTER_REPLY_FLAGS, flow->reply_source ? COMPARE_SOURCE : 0);
    mnl_attr_nest_end(message, filter);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    return r < 0 && r != -ENOENT ? error_set(err, local.code, "forget tracked connections: %s", local.message) : 0;
}
