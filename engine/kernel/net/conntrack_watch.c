/* Messages of new connections (NFNLGRP_CONNTRACK_NEW): the tuple of the first packet, and that of the answer, in which source and
 * destination have changed places. */
#include "kernel/net/conntrack_watch.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Many connections may begin on a busy machine while one is waited for. */
enum { ROOM = 1 << 20 };

int conntrack_watch(struct netlink *netlink, struct error *err)
{
    int group = NFNLGRP_CONNTRACK_NEW, room = ROOM;
    int r = netlink_open(netlink, NETLINK_NETFILTER, err);
    if (r < 0)
        return r;
    (void)setsockopt(mnl_socket_get_fd(netlink->socket), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    if (mnl_socket_setsockopt(netlink->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0)
        return 0;
    r = error_set(err, EOPNOTSUPP, "this kernel does not tell of new connections: %s", strerror(errno));
    netlink_close(netlink);
    return r;
}

/* --- tuples --- */

enum { MOST = 16 };

struct attributes {
    const struct nlattr *of[MOST];
};

static int keep(const struct nlattr *attribute, void *data)
{
    struct attributes *attributes = data;
    if (mnl_attr_get_type(attribute) < MOST)
        attributes->of[mnl_attr_get_type(attribute)] = attribute;
    return MNL_CB_OK;
}

static struct attributes inside(const struct nlattr *nest)
{
    struct attributes attributes = {0};
    if (nest)
        mnl_attr_parse_nested(nest, keep, &attributes);
    return attributes;
}

static void take(const struct nlattr *attribute, void *out, size_t size)
{
    if (attribute && mnl_attr_get_payload_len(attribute) >= size)
        memcpy(out, mnl_attr_get_payload(attribute), size);
}

static uint16_t number(const struct attributes *attributes, int which)
{
    uint16_t value = 0;
    take(attributes->of[which], &value, sizeof value);
    return ntohs(value);
}

static void read_tuple(const struct nlattr *nest, struct flow_tuple *tuple)
{
    struct attributes parts = inside(nest), addresses = inside(parts.of[CTA_TUPLE_IP]), ports = inside(parts.of[CTA_TUPLE_PROTO]);
    tuple->v6 = addresses.of[CTA_IP_V6_SRC];
    take(addresses.of[tuple->v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC], tuple->source, tuple->v6 ? 16 : 4);
    take(addresses.of[tuple->v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST], tuple->destination, tuple->v6 ? 16 : 4);
    take(ports.of[CTA_PROTO_NUM], &tuple->protocol, 1);
    bool echo = tuple->protocol == IPPROTO_ICMP || tuple->protocol == IPPROTO_ICMPV6;
    tuple->source_port = number(&ports, !echo ? CTA_PROTO_SRC_PORT : tuple->v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID);
    tuple->destination_port = echo ? 0 : number(&ports, CTA_PROTO_DST_PORT);
}

static bool same(const struct flow_tuple *a, const struct flow_tuple *b)
{
    size_t size = a->v6 ? 16 : 4;
    return a->v6 == b->v6 && a->protocol == b->protocol && a->source_port == b->source_port &&
           a->destination_port == b->destination_port && memcmp(a->source, b->source, size) == 0 &&
           memcmp(a->destination, b->destination, size) == 0;
}

static bool begins(const struct nlmsghdr *message, const struct flow_tuple *first, struct flow_tuple *sent_on)
{
    struct attributes attributes = {0};
    struct flow_tuple original = {0}, answer = {0};
    mnl_attr_parse(message, sizeof(struct nfgenmsg), keep, &attributes);
    read_tuple(attributes.of[CTA_TUPLE_ORIG], &original);
    if (!same(&original, first))
        return false;
    read_tuple(attributes.of[CTA_TUPLE_REPLY], &answer);
    *sent_on = answer;
    memcpy(sent_on->source, answer.destination, sizeof answer.destination);
    memcpy(sent_on->destination, answer.source, sizeof answer.source);
    bool echo = answer.protocol == IPPROTO_ICMP || answer.protocol == IPPROTO_ICMPV6;
    sent_on->source_port = echo ? answer.source_port : answer.destination_port;
    sent_on->destination_port = echo ? 0 : answer.source_port;
    return true;
}

bool conntrack_watch_find(struct netlink *netlink, const struct flow_tuple *first, struct flow_tuple *sent_on)
{
    char buffer[8192];
    if (!netlink->socket)
        return false;
    for (;;) {
        ssize_t got = recv(mnl_socket_get_fd(netlink->socket), buffer, sizeof buffer, MSG_DONTWAIT);
        if (got < 0 && errno == ENOBUFS) /* some were lost; ours may be among the rest */
            continue;
        if (got <= 0)
            return false;
        int left = (int)got;
        for (const struct nlmsghdr *message = (struct nlmsghdr *)buffer; mnl_nlmsg_ok(message, left);
             message = mnl_nlmsg_next(message, &left))
            if (begins(message, first, sent_on))
                return true;
    }
}
