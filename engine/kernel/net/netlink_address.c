/* Addresses and routes as rtnetlink messages: the bridge's own address, and the container's end of its wire. */
#include "kernel/net/netlink.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void address_text(uint32_t address, char out[INET_ADDRSTRLEN]) { inet_ntop(AF_INET, &address, out, INET_ADDRSTRLEN); }

static void put_address(struct nlmsghdr *message, int index, uint32_t address, int prefix_len)
{
    struct ifaddrmsg *body = mnl_nlmsg_put_extra_header(message, sizeof *body);
    body->ifa_family = AF_INET;
    body->ifa_prefixlen = (unsigned char)prefix_len;
    body->ifa_scope = RT_SCOPE_UNIVERSE;
    body->ifa_index = (unsigned)index;
    mnl_attr_put_u32(message, IFA_LOCAL, address);
    mnl_attr_put_u32(message, IFA_ADDRESS, address);
    if (prefix_len < 31)
        mnl_attr_put_u32(message, IFA_BROADCAST, address | htonl(prefix_len ? 0xffffffffu >> prefix_len : 0xffffffffu));
}

static int address_change(struct netlink *netlink, struct steps *steps, uint16_t type, const char *link, int index,
                          uint32_t address, int prefix_len, struct error *err)
{
    bool add = type == RTM_NEWADDR;
    int64_t start = step_start();
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    struct nlmsghdr *message = netlink_batch_add(&batch, netlink, type, NLM_F_ACK | (add ? NLM_F_CREATE | NLM_F_EXCL : 0));
    put_address(message, index, address, prefix_len);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    char text[INET_ADDRSTRLEN];
    address_text(address, text);
    const char *verb = add ? "add" : "delete";
    step_recordf(steps, start, r, add ? "netlink addr add" : "netlink addr delete", link, "ip addr %s %s/%d%s dev %s", verb, text,
                 prefix_len, add ? " broadcast +" : "", link);
    return r < 0 ? error_set(err, local.code, "%s address %s/%d on %s: %s", verb, text, prefix_len, link, local.message) : 0;
}

int address_add(struct netlink *netlink, struct steps *steps, const char *link, int index, uint32_t address, int prefix_len,
                struct error *err)
{
    return address_change(netlink, steps, RTM_NEWADDR, link, index, address, prefix_len, err);
}

int address_delete(struct netlink *netlink, struct steps *steps, const char *link, int index, uint32_t address, int prefix_len,
                   struct error *err)
{
    return address_change(netlink, steps, RTM_DELADDR, link, index, address, prefix_len, err);
}

/* --- either family --- */

static void put_ip(struct nlmsghdr *message, uint16_t attribute, bool v6, const unsigned char *bytes)
{
    mnl_attr_put(message, attribute, v6 ? 16 : 4, bytes);
}

static void put_interface(struct nlmsghdr *message, int index, const struct ip_interface *address)
{
    if (!address->v6) {
        uint32_t v4;
        memcpy(&v4, address->address, sizeof v4);
        put_address(message, index, v4, address->prefix_len);
        return;
    }
    struct ifaddrmsg *body = mnl_nlmsg_put_extra_header(message, sizeof *body);
    body->ifa_family = AF_INET6;
    body->ifa_prefixlen = (unsigned char)address->prefix_len;
    body->ifa_scope = RT_SCOPE_UNIVERSE;
    body->ifa_index = (unsigned)index;
    /* Nobody else gives addresses here, and a container that had to wait for duplicates to speak up would start without a network.
     */
    body->ifa_flags = IFA_F_NODAD;
    put_ip(message, IFA_LOCAL, true, address->address);
    put_ip(message, IFA_ADDRESS, true, address->address);
}

static const char *ip_string(bool v6, const unsigned char *bytes, char out[INET6_ADDRSTRLEN])
{
    return inet_ntop(v6 ? AF_INET6 : AF_INET, bytes, out, INET6_ADDRSTRLEN);
}

int address_put(struct netlink *netlink, struct steps *steps, const char *link, int index, const struct ip_interface *address,
                struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    put_interface(netlink_batch_add(&batch, netlink, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE), index, address);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    char text[INET6_ADDRSTRLEN];
    ip_string(address->v6, address->address, text);
    step_recordf(steps, start, r, "netlink addr add", link, "ip addr replace %s/%d dev %s%s", text, address->prefix_len, link,
                 address->v6 ? " nodad" : "");
    return r < 0 ? error_set(err, local.code, "add address %s/%d on %s: %s", text, address->prefix_len, link, local.message) : 0;
}

/* `gateway` NULL: through the link itself. */
static void put_default_route(struct nlmsghdr *message, int index, bool v6, const unsigned char *gateway)
{
    struct rtmsg *route = mnl_nlmsg_put_extra_header(message, sizeof *route);
    route->rtm_family = v6 ? AF_INET6 : AF_INET;
    route->rtm_table = RT_TABLE_MAIN;
    route->rtm_protocol = RTPROT_BOOT;
    route->rtm_scope = gateway || v6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    route->rtm_type = RTN_UNICAST;
    if (gateway)
        put_ip(message, RTA_GATEWAY, v6, gateway);
    mnl_attr_put_u32(message, RTA_OIF, (uint32_t)index);
}

static void route_text(bool v6, const unsigned char *gateway, const char *link, char out[96])
{
    char text[INET6_ADDRSTRLEN];
    if (gateway)
        snprintf(out, 96, "default via %s dev %s", ip_string(v6, gateway, text), link);
    else
        snprintf(out, 96, "default dev %s", link);
}

/* IPv6 keeps several default routes beside each other: replacing means taking away what is there. */
static void drop_default6(struct netlink *netlink)
{
    for (int i = 0; i < 8; i++) {
        struct netlink_batch batch;
        netlink_batch_begin(&batch);
        struct nlmsghdr *message = netlink_batch_add(&batch, netlink, RTM_DELROUTE, NLM_F_ACK);
        struct rtmsg *route = mnl_nlmsg_put_extra_header(message, sizeof *route);
        route->rtm_family = AF_INET6;
        route->rtm_table = RT_TABLE_MAIN;
        if (netlink_batch_send(&batch, netlink, NULL, NULL) < 0)
            return;
    }
}

int route_default_put(struct netlink *netlink, struct steps *steps, const char *label, const char *link, int index, bool v6,
                      const unsigned char *gateway, struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    char text[96];
    if (v6)
        drop_default6(netlink);
    netlink_batch_begin(&batch);
    put_default_route(netlink_batch_add(&batch, netlink, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK), index, v6,
                      gateway);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    route_text(v6, gateway, link, text);
    step_recordf(steps, start, r, "netlink route replace", link, "ip -n %s %sroute replace %s", label, v6 ? "-6 " : "", text);
    return r < 0 ? error_set(err, local.code, "set the default route of %s by %s: %s", label, link, local.message) : 0;
}

int route_default_set(struct netlink *netlink, struct steps *steps, const char *label, const char *link, int index,
                      uint32_t gateway, struct error *err)
{
    return route_default_put(netlink, steps, label, link, index, false, (unsigned char *)&gateway, err);
}

/* --- a container's end --- */

enum { SETUP_ACTS = 5 };

/* One message of the batch. */
struct setup_act {
    const char *what;
    char name[32], subject[16], command[160];
};

static void act_address(struct netlink_batch *batch, struct netlink *netlink, const struct interface_setup *setup,
                        const struct ip_interface *address, struct setup_act *act)
{
    char text[INET6_ADDRSTRLEN];
    put_interface(netlink_batch_add(batch, netlink, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK), setup->index, address);
    *act = (struct setup_act){.what = "add the address of", .name = "netlink addr add"};
    snprintf(act->subject, sizeof act->subject, "%.15s", setup->name);
    snprintf(act->command, sizeof act->command, "ip -n %s addr add %s/%d %s dev %s", setup->label,
             ip_string(address->v6, address->address, text), address->prefix_len, address->v6 ? "nodad" : "broadcast +",
             setup->name);
}

static void act_up(struct netlink_batch *batch, struct netlink *netlink, const struct interface_setup *setup, struct setup_act *act)
{
    struct nlmsghdr *message = netlink_batch_add(batch, netlink, RTM_NEWLINK, NLM_F_ACK);
    struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof *link);
    link->ifi_index = setup->index;
    link->ifi_flags = link->ifi_change = IFF_UP;
    *act = (struct setup_act){.what = "bring up", .name = "netlink link set"};
    snprintf(act->subject, sizeof act->subject, "%.15s", setup->name);
    snprintf(act->command, sizeof act->command, "ip -n %s link set %s up", setup->label, setup->name);
}

static void act_route(struct netlink_batch *batch, struct netlink *netlink, const struct interface_setup *setup, bool v6,
                      const unsigned char *gateway, struct setup_act *act)
{
    char text[96];
    uint16_t flags = NLM_F_CREATE | (v6 ? 0 : NLM_F_EXCL) | NLM_F_ACK;
    put_default_route(netlink_batch_add(batch, netlink, RTM_NEWROUTE, flags), setup->index, v6, gateway);
    *act = (struct setup_act){.what = "add the default route of", .name = "netlink route add", .subject = "default"};
    route_text(v6, gateway, setup->name, text);
    snprintf(act->command, sizeof act->command, "ip -n %s %sroute add %s", setup->label, v6 ? "-6 " : "", text);
}

int link_configure(struct netlink *netlink, struct steps *steps, const struct interface_setup *setup, struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    struct setup_act acts[SETUP_ACTS];
    unsigned count = 0, failed = 0;
    struct ip_interface v4 = {.prefix_len = setup->prefix_len}, v6 = {.v6 = true, .prefix_len = setup->prefix_len6};
    memcpy(v4.address, &setup->address, sizeof setup->address);
    memcpy(v6.address, setup->address6, sizeof v6.address);
    netlink_batch_begin(&batch);
    act_address(&batch, netlink, setup, &v4, &acts[count++]);
    if (setup->has6)
        act_address(&batch, netlink, setup, &v6, &acts[count++]);
    act_up(&batch, netlink, setup, &acts[count++]);
    if (setup->gateway || setup->route_by_link)
        act_route(&batch, netlink, setup, false, setup->route_by_link ? NULL : (const unsigned char *)&setup->gateway,
                  &acts[count++]);
    if (setup->has6 && (setup->has_gateway6 || setup->route_by_link))
        act_route(&batch, netlink, setup, true, setup->route_by_link ? NULL : setup->gateway6, &acts[count++]);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, &failed, &local);
    for (unsigned i = 0; i < count; i++) {
        step_recordf(steps, start, r && failed == i ? r : 0, acts[i].name, acts[i].subject, "%s", acts[i].command);
        start = step_start(); /* the rest travelled in the same message: no time of its own */
    }
    return r == 0 ? 0
                  : error_set(err, local.code, "%s %s in the container: %s", acts[failed % count].what, setup->name, local.message);
}

/* --- reading --- */

struct address_collection {
    struct link_address *list;
    size_t count;
};

static int each_local(const struct nlattr *attribute, void *data)
{
    struct link_address *found = data;
    if (mnl_attr_get_type(attribute) == IFA_LOCAL)
        found->address = mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

static int collect_address(const struct nlmsghdr *message, void *data)
{
    struct address_collection *all = data;
    const struct ifaddrmsg *body = mnl_nlmsg_get_payload(message);
    if (body->ifa_family != AF_INET)
        return MNL_CB_OK;
    struct link_address found = {.index = (int)body->ifa_index, .prefix_len = body->ifa_prefixlen};
    mnl_attr_parse(message, sizeof *body, each_local, &found);
    all->list = xrealloc(all->list, (all->count + 1) * sizeof *all->list);
    all->list[all->count++] = found;
    return MNL_CB_OK;
}

static void forget_addresses(void *data) { ((struct address_collection *)data)->count = 0; }

int address_list(struct netlink *netlink, struct link_address **list, size_t *count, struct error *err)
{
    char buffer[256];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETADDR;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    struct ifaddrmsg *body = mnl_nlmsg_put_extra_header(request, sizeof *body);
    body->ifa_family = AF_INET;
    struct address_collection all = {0};
    int r = netlink_dump(netlink, request, collect_address, &all, forget_addresses, err);
    if (r < 0) {
        cleanup_free_p(&all.list);
        return error_prefix(err, "list addresses");
    }
    *list = all.list;
    *count = all.count;
    return 0;
}

struct route_collection {
    struct link_route *list;
    size_t count;
};

static int each_route(const struct nlattr *attribute, void *data)
{
    struct link_route *found = data;
    uint16_t length = mnl_attr_get_payload_len(attribute);
    if (mnl_attr_get_type(attribute) == RTA_OIF)
        found->index = (int)mnl_attr_get_u32(attribute);
    else if (mnl_attr_get_type(attribute) == RTA_DST && length <= sizeof found->destination.address)
        memcpy(found->destination.address, mnl_attr_get_payload(attribute), length);
    return MNL_CB_OK;
}

static int collect_route(const struct nlmsghdr *message, void *data)
{
    struct route_collection *all = data;
    const struct rtmsg *body = mnl_nlmsg_get_payload(message);
    bool v6 = body->rtm_family == AF_INET6;
    if ((!v6 && body->rtm_family != AF_INET) || body->rtm_table != RT_TABLE_MAIN || body->rtm_type != RTN_UNICAST ||
        !body->rtm_dst_len)
        return MNL_CB_OK;
    struct link_route found = {.destination = {.v6 = v6, .prefix_len = body->rtm_dst_len}};
    mnl_attr_parse(message, sizeof *body, each_route, &found);
    all->list = xrealloc(all->list, (all->count + 1) * sizeof *all->list);
    all->list[all->count++] = found;
    return MNL_CB_OK;
}

static void forget_routes(void *data) { ((struct route_collection *)data)->count = 0; }

int route_list(struct netlink *netlink, struct link_route **list, size_t *count, struct error *err)
{
    char buffer[256];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETROUTE;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    struct rtmsg *body = mnl_nlmsg_put_extra_header(request, sizeof *body);
    body->rtm_family = AF_UNSPEC;
    struct route_collection all = {0};
    int r = netlink_dump(netlink, request, collect_route, &all, forget_routes, err);
    if (r < 0) {
        cleanup_free_p(&all.list);
        return error_prefix(err, "list routes");
    }
    *list = all.list;
    *count = all.count;
    return 0;
}
