/* Addresses and routes as rtnetlink messages: the bridge's own address, and the container's end of its wire. */
#include "kernel/netlink.h"

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

static void put_default_route(struct nlmsghdr *message, int index, uint32_t gateway)
{
    struct rtmsg *route = mnl_nlmsg_put_extra_header(message, sizeof *route);
    route->rtm_family = AF_INET;
    route->rtm_table = RT_TABLE_MAIN;
    route->rtm_protocol = RTPROT_BOOT;
    route->rtm_scope = RT_SCOPE_UNIVERSE;
    route->rtm_type = RTN_UNICAST;
    mnl_attr_put_u32(message, RTA_GATEWAY, gateway);
    mnl_attr_put_u32(message, RTA_OIF, (uint32_t)index);
}

int route_default_set(struct netlink *netlink, struct steps *steps, const char *label, const char *link, int index,
                      uint32_t gateway, struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    char text[INET_ADDRSTRLEN];
    netlink_batch_begin(&batch);
    put_default_route(netlink_batch_add(&batch, netlink, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK), index, gateway);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    address_text(gateway, text);
    step_recordf(steps, start, r, "netlink route replace", link, "ip -n %s route replace default via %s dev %s", label, text, link);
    return r < 0 ? error_set(err, local.code, "set the default route of %s by %s: %s", label, link, local.message) : 0;
}

int link_configure(struct netlink *netlink, struct steps *steps, const struct interface_setup *setup, struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    struct nlmsghdr *message = netlink_batch_add(&batch, netlink, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
    put_address(message, setup->index, setup->address, setup->prefix_len);
    message = netlink_batch_add(&batch, netlink, RTM_NEWLINK, NLM_F_ACK);
    struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof *link);
    link->ifi_index = setup->index;
    link->ifi_flags = link->ifi_change = IFF_UP;
    if (setup->gateway)
        put_default_route(netlink_batch_add(&batch, netlink, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK), setup->index,
                          setup->gateway);
    unsigned failed = 0;
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, &failed, &local);

    char address[INET_ADDRSTRLEN], gateway[INET_ADDRSTRLEN];
    address_text(setup->address, address);
    address_text(setup->gateway, gateway);
    step_recordf(steps, start, r && failed == 0 ? r : 0, "netlink addr add", setup->name,
                 "ip -n %s addr add %s/%d broadcast + dev %s", setup->label, address, setup->prefix_len, setup->name);
    /* The rest travelled in the same message: no time of its own. */
    step_recordf(steps, step_start(), r && failed == 1 ? r : 0, "netlink link set", setup->name, "ip -n %s link set %s up",
                 setup->label, setup->name);
    if (setup->gateway)
        step_recordf(steps, step_start(), r && failed == 2 ? r : 0, "netlink route add", "default",
                     "ip -n %s route add default via %s dev %s", setup->label, gateway, setup->name);
    if (r == 0)
        return 0;
    static const char *const acts[] = {"add the address of", "bring up", "add the default route of"};
    return error_set(err, local.code, "%s %s in the container: %s", acts[failed % 3], setup->name, local.message);
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
