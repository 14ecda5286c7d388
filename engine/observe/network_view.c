/* Links, addresses and routes of one namespace by three rtnetlink dumps. */
#include "observe/network_view.h"

#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* --- links --- */

static int each_info(const struct nlattr *attribute, void *data)
{
    struct view_link *link = data;
    if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND)
        snprintf(link->kind, sizeof link->kind, "%s", mnl_attr_get_str(attribute));
    return MNL_CB_OK;
}

static void read_mac(struct view_link *link, const struct nlattr *attribute)
{
    const unsigned char *mac = mnl_attr_get_payload(attribute);
    if (mnl_attr_get_payload_len(attribute) == 6)
        snprintf(link->mac, sizeof link->mac, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void read_counters(struct view_link *link, const struct nlattr *attribute)
{
    struct rtnl_link_stats64 stats = {0};
    size_t size = mnl_attr_get_payload_len(attribute);
    memcpy(&stats, mnl_attr_get_payload(attribute), size < sizeof stats ? size : sizeof stats);
    link->rx_bytes = stats.rx_bytes;
    link->rx_packets = stats.rx_packets;
    link->tx_bytes = stats.tx_bytes;
    link->tx_packets = stats.tx_packets;
}

static int each_link_attribute(const struct nlattr *attribute, void *data)
{
    struct view_link *link = data;
    switch (mnl_attr_get_type(attribute)) {
    case IFLA_IFNAME:
        snprintf(link->name, sizeof link->name, "%s", mnl_attr_get_str(attribute));
        break;
    case IFLA_ADDRESS:
        read_mac(link, attribute);
        break;
    case IFLA_MTU:
        link->mtu = (int)mnl_attr_get_u32(attribute);
        break;
    case IFLA_MASTER:
        link->master = (int)mnl_attr_get_u32(attribute);
        break;
    case IFLA_LINK:
        link->peer = (int)mnl_attr_get_u32(attribute);
        break;
    case IFLA_LINK_NETNSID:
        link->peer_nsid = (int)mnl_attr_get_u32(attribute);
        break;
    case IFLA_STATS64:
        read_counters(link, attribute);
        break;
    case IFLA_LINKINFO:
        mnl_attr_parse_nested(attribute, each_info, link);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static int collect_link(const struct nlmsghdr *message, void *data)
{
    struct view *view = data;
    const struct ifinfomsg *body = mnl_nlmsg_get_payload(message);
    struct view_link link = {.index = body->ifi_index, .flags = (int)body->ifi_flags, .peer_nsid = -1};
    mnl_attr_parse(message, sizeof *body, each_link_attribute, &link);
    if (!*link.kind)
        snprintf(link.kind, sizeof link.kind, "%s", body->ifi_type == ARPHRD_LOOPBACK ? "loopback" : "device");
    view->links = xrealloc(view->links, (view->link_count + 1) * sizeof *view->links);
    view->links[view->link_count++] = link;
    return MNL_CB_OK;
}

static void forget_links(void *data)
{
    struct view *view = data;
    for (size_t i = 0; i < view->link_count; i++)
        strv_free(view->links[i].addresses);
    view->link_count = 0;
}

const struct view_link *view_link_at(const struct view *view, int index)
{
    for (size_t i = 0; i < view->link_count; i++)
        if (view->links[i].index == index)
            return &view->links[i];
    return NULL;
}

/* --- addresses --- */

static int each_address_attribute(const struct nlattr *attribute, void *data)
{
    const struct nlattr **found = data;
    uint16_t type = mnl_attr_get_type(attribute);
    /* On a point-to-point link IFA_ADDRESS is the other end's; IFA_LOCAL is ours where there is one. */
    if (type == IFA_LOCAL || (type == IFA_ADDRESS && !*found))
        *found = attribute;
    return MNL_CB_OK;
}

static int collect_address(const struct nlmsghdr *message, void *data)
{
    struct view *view = data;
    const struct ifaddrmsg *body = mnl_nlmsg_get_payload(message);
    const struct nlattr *found = NULL;
    char text[INET6_ADDRSTRLEN];
    mnl_attr_parse(message, sizeof *body, each_address_attribute, &found);
    struct view_link *link = (struct view_link *)view_link_at(view, (int)body->ifa_index);
    if (found && link && inet_ntop(body->ifa_family, mnl_attr_get_payload(found), text, sizeof text))
        strv_take(&link->addresses, str_format("%s/%d", text, body->ifa_prefixlen));
    return MNL_CB_OK;
}

static void forget_addresses(void *data)
{
    struct view *view = data;
    for (size_t i = 0; i < view->link_count; i++) {
        strv_free(view->links[i].addresses);
        view->links[i].addresses = NULL;
    }
}

/* --- routes --- */

struct route {
    const struct rtmsg *body;
    uint32_t table, metric;
    int out;
    bool has_metric;
    uint32_t destination, gateway, source;
};

static int each_route_attribute(const struct nlattr *attribute, void *data)
{
    struct route *route = data;
    uint32_t value = mnl_attr_get_payload_len(attribute) >= 4 ? mnl_attr_get_u32(attribute) : 0;
    switch (mnl_attr_get_type(attribute)) {
    case RTA_TABLE:
        route->table = value;
        break;
    case RTA_DST:
        route->destination = value;
        break;
    case RTA_GATEWAY:
        route->gateway = value;
        break;
    case RTA_PREFSRC:
        route->source = value;
        break;
    case RTA_OIF:
        route->out = (int)value;
        break;
    case RTA_PRIORITY:
        route->metric = value;
        route->has_metric = true;
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static const struct {
    int number;
    const char *word;
} route_types[] = {{RTN_BLACKHOLE, "blackhole "},
                   {RTN_UNREACHABLE, "unreachable "},
                   {RTN_PROHIBIT, "prohibit "},
                   {RTN_THROW, "throw "}},
  protocols[] = {{RTPROT_REDIRECT, " proto redirect"},
                 {RTPROT_KERNEL, " proto kernel"},
                 {RTPROT_STATIC, " proto static"},
                 {RTPROT_DHCP, " proto dhcp"},
                 {RTPROT_RA, " proto ra"}},
  scopes[] = {{RT_SCOPE_LINK, " scope link"}, {RT_SCOPE_HOST, " scope host"}, {RT_SCOPE_SITE, " scope site"}};

#define WORD_OF(table, wanted)                                                                                                     \
    ({                                                                                                                             \
        const char *word_ = "";                                                                                                    \
        for (size_t i_ = 0; i_ < ARRAY_LEN(table); i_++)                                                                           \
            if (table[i_].number == (int)(wanted))                                                                                 \
                word_ = table[i_].word;                                                                                            \
        word_;                                                                                                                     \
    })

static const char *dotted(uint32_t address, char out[INET_ADDRSTRLEN])
{
    return inet_ntop(AF_INET, &address, out, INET_ADDRSTRLEN);
}

static char *route_text(const struct view *view, const struct route *route)
{
    struct buf text = BUF_INIT;
    char address[INET_ADDRSTRLEN];
    const struct rtmsg *body = route->body;
    buf_puts(&text, WORD_OF(route_types, body->rtm_type));
    if (body->rtm_dst_len == 0)
        buf_puts(&text, "default");
    else
        buf_puts(&text, dotted(route->destination, address));
    if (body->rtm_dst_len && body->rtm_dst_len != 32)
        buf_printf(&text, "/%d", body->rtm_dst_len);
    if (route->gateway)
        buf_printf(&text, " via %s", dotted(route->gateway, address));
    const struct view_link *out = view_link_at(view, route->out);
    if (out)
        buf_printf(&text, " dev %s", out->name);
    buf_puts(&text, WORD_OF(protocols, body->rtm_protocol));
    buf_puts(&text, WORD_OF(scopes, body->rtm_scope));
    if (route->source)
        buf_printf(&text, " src %s", dotted(route->source, address));
    if (route->has_metric)
        buf_printf(&text, " metric %u", route->metric);
    if (body->rtm_flags & RTNH_F_LINKDOWN)
        buf_puts(&text, " linkdown");
    return buf_take(&text);
}

enum { ROUTES_MOST = 1000 }; /* nobody reads more, and a learner may make any number */

/* What `ip route` lists: the main table's. */
static int collect_route(const struct nlmsghdr *message, void *data)
{
    struct view *view = data;
    struct route route = {.body = mnl_nlmsg_get_payload(message)};
    if (route.body->rtm_family != AF_INET || route.body->rtm_flags & RTM_F_CLONED)
        return MNL_CB_OK;
    route.table = route.body->rtm_table;
    mnl_attr_parse(message, sizeof *route.body, each_route_attribute, &route);
    size_t known = strv_len(view->routes);
    if (route.table == RT_TABLE_MAIN && known <= ROUTES_MOST)
        strv_take(&view->routes, known < ROUTES_MOST ? route_text(view, &route) : xstrdup("..."));
    return MNL_CB_OK;
}

static void forget_routes(void *data)
{
    struct view *view = data;
    strv_free(view->routes);
    view->routes = NULL;
}

/* --- all of it --- */

int view_read(struct view *view, struct error *err)
{
    static const struct {
        uint16_t type;
        unsigned char family;
        size_t body;
        mnl_cb_t each;
        void (*forget)(void *);
    } dumps[] = {
        {RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg), collect_link, forget_links},
        {RTM_GETADDR, AF_UNSPEC, sizeof(struct ifaddrmsg), collect_address, forget_addresses},
        {RTM_GETROUTE, AF_INET, sizeof(struct rtmsg), collect_route, forget_routes},
    };
    for (size_t i = 0; i < ARRAY_LEN(dumps); i++) {
        char buffer[256];
        struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
        request->nlmsg_type = dumps[i].type;
        request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        /* Each of the three begins with its family. */
        *(unsigned char *)mnl_nlmsg_put_extra_header(request, dumps[i].body) = dumps[i].family;
        int r = netlink_dump(&view->netlink, request, dumps[i].each, view, dumps[i].forget, err);
        if (r < 0)
            return error_prefix(err, "read the network of %s", view->name);
    }
    return 0;
}

static int each_nsid(const struct nlattr *attribute, void *data)
{
    if (mnl_attr_get_type(attribute) == NETNSA_NSID)
        *(int *)data = (int)mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

static int read_nsid(const struct nlmsghdr *message, void *data)
{
    return mnl_attr_parse(message, MNL_ALIGN(sizeof(struct rtgenmsg)), each_nsid, data);
}

int view_nsid(struct view *view, int netns)
{
    char buffer[256];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETNSID;
    request->nlmsg_flags = NLM_F_REQUEST;
    struct rtgenmsg *body = mnl_nlmsg_put_extra_header(request, sizeof *body);
    body->rtgen_family = AF_UNSPEC;
    mnl_attr_put_u32(request, NETNSA_FD, (uint32_t)netns);
    int nsid = -1;
    return netlink_dump(&view->netlink, request, read_nsid, &nsid, NULL, NULL) < 0 ? -1 : nsid;
}

void view_clear(struct view *view)
{
    forget_links(view);
    free(view->links);
    forget_routes(view);
    netlink_close(&view->netlink);
    view->netns = fd_close(view->netns);
    free(view->name);
    *view = (struct view){.netns = -EBADF};
}
