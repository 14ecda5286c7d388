/* Links, addresses, routes and neighbours of one namespace, by one rtnetlink dump each. */
#include "observe/network_view.h"

#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
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
    link->rx_dropped = stats.rx_dropped;
    link->tx_dropped = stats.tx_dropped;
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
    bool has_metric, has_gateway, has_source;
    unsigned char destination[16], gateway[16], source[16];
};

static void take_address(unsigned char out[16], const struct nlattr *attribute)
{
    size_t size = mnl_attr_get_payload_len(attribute);
    memcpy(out, mnl_attr_get_payload(attribute), size < 16 ? size : 16);
}

static int each_route_attribute(const struct nlattr *attribute, void *data)
{
    struct route *route = data;
    uint32_t value = mnl_attr_get_payload_len(attribute) >= 4 ? mnl_attr_get_u32(attribute) : 0;
    switch (mnl_attr_get_type(attribute)) {
    case RTA_TABLE:
        route->table = value;
        break;
    case RTA_DST:
        take_address(route->destination, attribute);
        break;
    case RTA_GATEWAY:
        take_address(route->gateway, attribute);
        route->has_gateway = true;
        break;
    case RTA_PREFSRC:
        take_address(route->source, attribute);
        route->has_source = true;
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
} route_types[] = {{RTN_LOCAL, "local "},         {RTN_BROADCAST, "broadcast "},
                   {RTN_BLACKHOLE, "blackhole "}, {RTN_UNREACHABLE, "unreachable "},
                   {RTN_PROHIBIT, "prohibit "},   {RTN_THROW, "throw "}},
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

static const char *spelt(int family, const unsigned char *address, char out[INET6_ADDRSTRLEN])
{
    return inet_ntop(family, address, out, INET6_ADDRSTRLEN);
}

static char *route_text(const struct view *view, const struct route *route)
{
    struct buf text = BUF_INIT;
    char address[INET6_ADDRSTRLEN];
    const struct rtmsg *body = route->body;
    int family = body->rtm_family;
    buf_puts(&text, WORD_OF(route_types, body->rtm_type));
    if (body->rtm_dst_len == 0)
        buf_puts(&text, "default");
    else
        buf_puts(&text, spelt(family, route->destination, address));
    if (body->rtm_dst_len && body->rtm_dst_len != (family == AF_INET ? 32 : 128))
        buf_printf(&text, "/%d", body->rtm_dst_len);
    if (route->has_gateway)
        buf_printf(&text, " via %s", spelt(family, route->gateway, address));
    const struct view_link *out = view_link_at(view, route->out);
    if (out)
        buf_printf(&text, " dev %s", out->name);
    buf_puts(&text, WORD_OF(protocols, body->rtm_protocol));
    buf_puts(&text, WORD_OF(scopes, body->rtm_scope));
    if (route->has_source)
        buf_printf(&text, " src %s", spelt(family, route->source, address));
    if (route->has_metric)
        buf_printf(&text, " metric %u", route->metric);
    if (body->rtm_flags & RTNH_F_LINKDOWN)
        buf_puts(&text, " linkdown");
    return buf_take(&text);
}

bool view_route_over(const char *route, const char *link)
{
    const char *dev = strstr(route, " dev ");
    size_t length = strlen(link);
    return dev && strncmp(dev + 5, link, length) == 0 && (dev[5 + length] == ' ' || !dev[5 + length]);
}

enum { ROUTES_MOST = 1000 }; /* nobody reads more, and a learner may make any number */

/* What `ip route` lists: the main table's. */
static int collect_route(const struct nlmsghdr *message, void *data)
{
    struct view *view = data;
    struct route route = {.body = mnl_nlmsg_get_payload(message)};
    bool v4 = route.body->rtm_family == AF_INET;
    if ((!v4 && route.body->rtm_family != AF_INET6) || route.body->rtm_flags & RTM_F_CLONED)
        return MNL_CB_OK;
    char ***routes = v4 ? &view->routes : &view->routes6;
    route.table = route.body->rtm_table;
    mnl_attr_parse(message, sizeof *route.body, each_route_attribute, &route);
    size_t known = strv_len(*routes);
    if (route.table == RT_TABLE_MAIN && known <= ROUTES_MOST)
        strv_take(routes, known < ROUTES_MOST ? route_text(view, &route) : xstrdup("..."));
    return MNL_CB_OK;
}

static void forget_routes(void *data)
{
    struct view *view = data;
    strv_free(view->routes);
    view->routes = NULL;
}

static void forget_routes6(void *data)
{
    struct view *view = data;
    strv_free(view->routes6);
    view->routes6 = NULL;
}

struct looked_up {
    struct view *view;
    char *text;
};

static int take_looked_up(const struct nlmsghdr *message, void *data)
{
    struct looked_up *looked_up = data;
    struct route route = {.body = mnl_nlmsg_get_payload(message)};
    if (message->nlmsg_type == RTM_NEWROUTE && !looked_up->text) {
        mnl_attr_parse(message, sizeof *route.body, each_route_attribute, &route);
        looked_up->text = route_text(looked_up->view, &route);
    }
    return MNL_CB_OK;
}

char *view_route(struct view *view, bool v6, const unsigned char *to, const unsigned char *from, const char *in, struct error *err)
{
    char buffer[512];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETROUTE;
    request->nlmsg_flags = NLM_F_REQUEST;
    struct rtmsg *body = mnl_nlmsg_put_extra_header(request, sizeof *body);
    size_t size = v6 ? 16 : 4;
    *body = (struct rtmsg){.rtm_family = v6 ? AF_INET6 : AF_INET, .rtm_dst_len = (unsigned char)(size * 8)};
    mnl_attr_put(request, RTA_DST, size, to);
    if (from) {
        body->rtm_src_len = (unsigned char)(size * 8);
        mnl_attr_put(request, RTA_SRC, size, from);
    }
    for (size_t i = 0; i < view->link_count && in; i++)
        if (str_equal(view->links[i].name, in))
            mnl_attr_put_u32(request, RTA_IIF, (uint32_t)view->links[i].index);
    struct looked_up looked_up = {.view = view};
    struct error local = ERROR_INIT;
    if (netlink_dump(&view->netlink, request, take_looked_up, &looked_up, NULL, &local) < 0)
        error_set(err, local.code, "%s", local.message);
    return looked_up.text;
}

/* --- neighbours --- */

enum { NEIGHBOURS_MOST = 256 };

static const struct {
    int number;
    const char *word;
} neighbour_states[] = {{NUD_INCOMPLETE, " INCOMPLETE"}, {NUD_REACHABLE, " REACHABLE"}, {NUD_STALE, " STALE"},
                        {NUD_DELAY, " DELAY"},           {NUD_PROBE, " PROBE"},         {NUD_FAILED, " FAILED"},
                        {NUD_PERMANENT, " PERMANENT"}};

struct neighbour {
    const struct nlattr *address, *mac;
};

static int each_neighbour_attribute(const struct nlattr *attribute, void *data)
{
    struct neighbour *neighbour = data;
    if (mnl_attr_get_type(attribute) == NDA_DST)
        neighbour->address = attribute;
    else if (mnl_attr_get_type(attribute) == NDA_LLADDR)
        neighbour->mac = attribute;
    return MNL_CB_OK;
}

/* What `ip neigh` lists: without the entries that the kernel needs for broadcasts and loopback. */
static int collect_neighbour(const struct nlmsghdr *message, void *data)
{
    struct view *view = data;
    const struct ndmsg *body = mnl_nlmsg_get_payload(message);
    struct neighbour neighbour = {0};
    char address[INET6_ADDRSTRLEN];
    if ((body->ndm_family != AF_INET && body->ndm_family != AF_INET6) || body->ndm_state & NUD_NOARP || !body->ndm_state)
        return MNL_CB_OK;
    mnl_attr_parse(message, sizeof *body, each_neighbour_attribute, &neighbour);
    const struct view_link *link = view_link_at(view, body->ndm_ifindex);
    if (!neighbour.address || !link || strv_len(view->neighbours) >= NEIGHBOURS_MOST ||
        !spelt(body->ndm_family, mnl_attr_get_payload(neighbour.address), address))
        return MNL_CB_OK;
    struct view_link mac = {0};
    if (neighbour.mac)
        read_mac(&mac, neighbour.mac);
    strv_take(&view->neighbours, str_format("%s dev %s%s%s%s", address, link->name, *mac.mac ? " lladdr " : "", mac.mac,
                                            WORD_OF(neighbour_states, body->ndm_state)));
    return MNL_CB_OK;
}

static void forget_neighbours(void *data)
{
    struct view *view = data;
    strv_free(view->neighbours);
    view->neighbours = NULL;
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
        {RTM_GETROUTE, AF_INET6, sizeof(struct rtmsg), collect_route, forget_routes6},
        {RTM_GETNEIGH, AF_UNSPEC, sizeof(struct ndmsg), collect_neighbour, forget_neighbours},
    };
    for (size_t i = 0; i < ARRAY_LEN(dumps); i++) {
        char buffer[256];
        struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
        request->nlmsg_type = dumps[i].type;
        request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        /* Each of the three begins with its family. */
        *(unsigned char *)mnl_nlmsg_put_extra_header(request, dumps[i].body) = dumps[i].family;
        int r = netlink_dump(&view->netlink, request, dumps[i].each, view, dumps[i].forget, err);
        /* A kernel without IPv6 has no such routes. */
        if (r < 0 && dumps[i].family != AF_INET6)
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
    forget_routes6(view);
    forget_neighbours(view);
    netlink_close(&view->netlink);
    view->netns = fd_close(view->netns);
    free(view->name);
    *view = (struct view){.netns = -EBADF};
}
