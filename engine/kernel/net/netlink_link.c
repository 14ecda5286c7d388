/* Bridges and veth pairs as rtnetlink messages. Each act is one message, recorded as the `ip link` command of the same
 * effect. Finding and listing links is here too, because acting needs indexes. */
#include "kernel/net/netlink.h"

#include "base/memory.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static struct ifinfomsg *link_header(struct nlmsghdr *message)
{
    struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof *link);
    link->ifi_family = AF_UNSPEC;
    return link;
}

static void link_up(struct ifinfomsg *link) { link->ifi_flags = link->ifi_change = IFF_UP; }

static void mac_text(const unsigned char mac[6], char out[18])
{
    snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

/* --- reading --- */

static int each_kind(const struct nlattr *attribute, void *data)
{
    struct link_info *info = data;
    if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND)
        snprintf(info->kind, sizeof info->kind, "%s", mnl_attr_get_str(attribute));
    return MNL_CB_OK;
}

static int each_attribute(const struct nlattr *attribute, void *data)
{
    struct link_info *info = data;
    switch (mnl_attr_get_type(attribute)) {
    case IFLA_IFNAME:
        snprintf(info->name, sizeof info->name, "%s", mnl_attr_get_str(attribute));
        break;
    case IFLA_MASTER:
        info->master = (int)mnl_attr_get_u32(attribute);
        break;
    case IFLA_ADDRESS:
        if (mnl_attr_get_payload_len(attribute) == sizeof info->mac)
            memcpy(info->mac, mnl_attr_get_payload(attribute), sizeof info->mac);
        break;
    case IFLA_LINKINFO:
        mnl_attr_parse_nested(attribute, each_kind, info);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static int read_link(const struct nlmsghdr *message, void *data)
{
    const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
    struct link_info *info = data;
    *info = (struct link_info){.index = link->ifi_index, .up = link->ifi_flags & IFF_UP};
    return mnl_attr_parse(message, sizeof *link, each_attribute, info);
}

int link_find(struct netlink *netlink, const char *name, struct link_info *info, struct error *err)
{
    char buffer[512];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETLINK;
    request->nlmsg_flags = NLM_F_REQUEST;
    link_header(request);
    mnl_attr_put_strz(request, IFLA_IFNAME, name);
    struct error local = ERROR_INIT;
    int r = netlink_dump(netlink, request, read_link, info, NULL, &local);
    return r < 0 ? error_set(err, local.code, "look for link %s: %s", name, local.message) : 0;
}

struct link_collection {
    int master;
    struct link_info *list;
    size_t count;
};

static int collect_link(const struct nlmsghdr *message, void *data)
{
    struct link_collection *all = data;
    struct link_info info;
    read_link(message, &info);
    if (all->master && info.master != all->master)
        return MNL_CB_OK;
    all->list = xrealloc(all->list, (all->count + 1) * sizeof *all->list);
    all->list[all->count++] = info;
    return MNL_CB_OK;
}

static void forget_links(void *data) { ((struct link_collection *)data)->count = 0; }

int link_list(struct netlink *netlink, int master, struct link_info **list, size_t *count, struct error *err)
{
    char buffer[512];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = RTM_GETLINK;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    link_header(request);
    struct link_collection all = {.master = master};
    int r = netlink_dump(netlink, request, collect_link, &all, forget_links, err);
    if (r < 0) {
        cleanup_free_p(&all.list);
        return error_prefix(err, "list links");
    }
    *list = all.list;
    *count = all.count;
    return 0;
}

/* --- acting --- */

/* A batch of one message that makes the link, or changes it, and brings it up. */
static struct nlmsghdr *begin_up(struct netlink_batch *batch, struct netlink *netlink, uint16_t flags, const char *name)
{
    netlink_batch_begin(batch);
    struct nlmsghdr *message = netlink_batch_add(batch, netlink, RTM_NEWLINK, flags | NLM_F_ACK);
    link_up(link_header(message));
    mnl_attr_put_strz(message, IFLA_IFNAME, name);
    return message;
}

int link_add_bridge(struct netlink *netlink, struct steps *steps, const char *name, const unsigned char mac[6], int mtu,
                    struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    struct nlmsghdr *message = begin_up(&batch, netlink, NLM_F_CREATE | NLM_F_EXCL, name);
    mnl_attr_put(message, IFLA_ADDRESS, 6, mac);
    mnl_attr_put_u32(message, IFLA_MTU, (uint32_t)mtu);
    struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "bridge");
    mnl_attr_nest_end(message, info);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    char mac_string[18];
    mac_text(mac, mac_string);
    step_recordf(steps, start, r, "netlink link add", name, "ip link add %s address %s mtu %d type bridge && ip link set %s up",
                 name, mac_string, mtu, name);
    return r < 0 ? error_set(err, local.code, "add bridge %s: %s", name, local.message) : 0;
}

/* man 4 veth: IFLA_INFO_DATA holds a VETH_INFO_PEER, itself a link message for the other end. */
static void put_peer(struct nlmsghdr *message, const struct veth_pair *pair)
{
    struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
    struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
    struct nlattr *peer = mnl_attr_nest_start(message, VETH_INFO_PEER);
    struct ifinfomsg *link = link_header(message);
    link->ifi_index = pair->peer_index;
    mnl_attr_put_strz(message, IFLA_IFNAME, pair->peer_name);
    mnl_attr_put(message, IFLA_ADDRESS, 6, pair->peer_mac);
    mnl_attr_put_u32(message, IFLA_MTU, (uint32_t)pair->mtu);
    mnl_attr_put_u32(message, IFLA_NET_NS_FD, (uint32_t)pair->peer_netns);
    mnl_attr_nest_end(message, peer);
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, info);
}

int link_add_veth(struct netlink *netlink, struct steps *steps, const struct veth_pair *pair, struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    struct nlmsghdr *message = begin_up(&batch, netlink, NLM_F_CREATE | NLM_F_EXCL, pair->host_name);
    mnl_attr_put_u32(message, IFLA_MASTER, (uint32_t)pair->master_index);
    mnl_attr_put_u32(message, IFLA_MTU, (uint32_t)pair->mtu);
    put_peer(message, pair);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    char mac[18];
    mac_text(pair->peer_mac, mac);
    step_recordf(steps, start, r, "netlink link add", pair->host_name,
                 "ip link add %s mtu %d master %s up type veth peer name %s address %s mtu %d netns %s", pair->host_name, pair->mtu,
                 pair->master, pair->peer_name, mac, pair->mtu, pair->label);
    return r < 0 ? error_set(err, local.code, "add veth pair %s: %s", pair->host_name, local.message) : 0;
}

int link_delete(struct netlink *netlink, struct steps *steps, const char *name, struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    struct nlmsghdr *message = netlink_batch_add(&batch, netlink, RTM_DELLINK, NLM_F_ACK);
    link_header(message);
    mnl_attr_put_strz(message, IFLA_IFNAME, name);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    step_recordf(steps, start, r, "netlink link delete", name, "ip link delete %s", name);
    return r < 0 ? error_set(err, local.code, "delete link %s: %s", name, local.message) : 0;
}

int link_set_up(struct netlink *netlink, struct steps *steps, const char *name, struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    begin_up(&batch, netlink, 0, name);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    step_recordf(steps, start, r, "netlink link set", name, "ip link set %s up", name);
    return r < 0 ? error_set(err, local.code, "bring up %s: %s", name, local.message) : 0;
}

int link_set_master(struct netlink *netlink, struct steps *steps, const char *name, const char *master, int master_index,
                    struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    struct nlmsghdr *message = begin_up(&batch, netlink, 0, name);
    mnl_attr_put_u32(message, IFLA_MASTER, (uint32_t)master_index);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    step_recordf(steps, start, r, "netlink link set", name, "ip link set %s master %s up", name, master);
    return r < 0 ? error_set(err, local.code, "make %s a port of %s: %s", name, master, local.message) : 0;
}

int link_set_hairpin(struct netlink *netlink, struct steps *steps, const char *name, struct error *err)
{
    int64_t start = step_start();
    struct link_info info;
    int r = link_find(netlink, name, &info, err);
    if (r < 0)
        return r;
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    struct nlmsghdr *message = netlink_batch_add(&batch, netlink, RTM_SETLINK, NLM_F_ACK);
    struct ifinfomsg *link = link_header(message);
    link->ifi_family = AF_BRIDGE;
    link->ifi_index = info.index;
    struct nlattr *port = mnl_attr_nest_start(message, IFLA_PROTINFO);
    mnl_attr_put_u8(message, IFLA_BRPORT_MODE, 1);
    mnl_attr_nest_end(message, port);
    struct error local = ERROR_INIT;
    r = netlink_batch_send(&batch, netlink, NULL, &local);
    step_recordf(steps, start, r, "netlink link set", name, "bridge link set dev %s hairpin on", name);
    return r < 0 ? error_set(err, local.code, "set hairpin on %s: %s", name, local.message) : 0;
}

int link_set_station(struct netlink *netlink, struct steps *steps, const char *name, const unsigned char mac[6], struct error *err)
{
    int64_t start = step_start();
    struct link_info info;
    int r = link_find(netlink, name, &info, err);
    if (r < 0)
        return r;
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    struct nlmsghdr *message = netlink_batch_add(&batch, netlink, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK);
    struct ndmsg *body = mnl_nlmsg_put_extra_header(message, sizeof *body);
    body->ndm_family = AF_BRIDGE;
    body->ndm_ifindex = info.index;
    body->ndm_state = NUD_NOARP; /* static: the one kind that a port without carrier may have */
    body->ndm_flags = NTF_MASTER;
    mnl_attr_put(message, NDA_LLADDR, 6, mac);
    struct error local = ERROR_INIT;
    r = netlink_batch_send(&batch, netlink, NULL, &local);
    char text[18];
    mac_text(mac, text);
    step_recordf(steps, start, r, "netlink fdb replace", name, "bridge fdb replace %s dev %s master static", text, name);
    return r < 0 ? error_set(err, local.code, "place %s behind %s: %s", text, name, local.message) : 0;
}
