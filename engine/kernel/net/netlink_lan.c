/* Links on top of another link of the machine: macvlan and ipvlan, made inside a container's namespace; and the parents that a
 * network may need of its own: 802.1q subinterfaces and dummies. Not every kernel has all of them, and no list says which: what it
 * answers to the request tells, and is put into words here. */
#include "kernel/net/netlink.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static const struct lan_mode {
    const char *kind, *name;
    uint16_t value;
} lan_modes[] = {
    {"macvlan", "bridge", MACVLAN_MODE_BRIDGE}, {"macvlan", "private", MACVLAN_MODE_PRIVATE},
    {"macvlan", "vepa", MACVLAN_MODE_VEPA},     {"macvlan", "passthru", MACVLAN_MODE_PASSTHRU},
    {"ipvlan", "l2", IPVLAN_MODE_L2},           {"ipvlan", "l3", IPVLAN_MODE_L3},
    {"ipvlan", "l3s", IPVLAN_MODE_L3S},
};

static const struct lan_mode *mode_find(const char *kind, const char *mode)
{
    for (size_t i = 0; i < ARRAY_LEN(lan_modes); i++)
        if (str_equal(lan_modes[i].kind, kind) && str_equal(lan_modes[i].name, mode))
            return &lan_modes[i];
    return NULL;
}

bool lan_mode_valid(const char *kind, const char *mode) { return mode_find(kind, mode); }

static struct nlmsghdr *begin(struct netlink_batch *batch, struct netlink *netlink, const char *name, int index, bool up)
{
    netlink_batch_begin(batch);
    struct nlmsghdr *message = netlink_batch_add(batch, netlink, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
    struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof *link);
    link->ifi_family = AF_UNSPEC;
    link->ifi_index = index;
    if (up)
        link->ifi_flags = link->ifi_change = IFF_UP;
    mnl_attr_put_strz(message, IFLA_IFNAME, name);
    return message;
}

/* Kernels without the kind say "operation not supported" and nothing else. */
static int explain(struct error *err, const struct error *why, const char *kind, const char *name, const char *parent)
{
    if (why->code == EOPNOTSUPP)
        return error_set(err, EOPNOTSUPP, "operation not supported: this kernel has no %s links", kind);
    if (why->code == EBUSY && parent)
        return error_set(err, EBUSY, "add %s link %s: %s is in use already, by a bridge or by a link that has it to itself", kind,
                         name, parent);
    return error_set(err, why->code, "add %s link %s%s%s: %s", kind, name, parent ? " on " : "", parent ? parent : "",
                     why->message);
}

int link_add_lan(struct netlink *netlink, struct steps *steps, const struct lan_link *lan, struct error *err)
{
    const struct lan_mode *mode = mode_find(lan->kind, lan->mode);
    if (!mode)
        return error_set(err, EINVAL, "%s has no mode %s", lan->kind, lan->mode);
    int64_t start = step_start();
    struct netlink_batch batch;
    struct nlmsghdr *message = begin(&batch, netlink, lan->name, lan->index, false);
    mnl_attr_put_u32(message, IFLA_LINK, (uint32_t)lan->parent_index);
    mnl_attr_put_u32(message, IFLA_NET_NS_FD, (uint32_t)lan->netns);
    if (lan->mtu)
        mnl_attr_put_u32(message, IFLA_MTU, (uint32_t)lan->mtu);
    if (lan->mac)
        mnl_attr_put(message, IFLA_ADDRESS, 6, lan->mac);
    struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, lan->kind);
    struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
    if (str_equal(lan->kind, "macvlan"))
        mnl_attr_put_u32(message, IFLA_MACVLAN_MODE, mode->value);
    else
        mnl_attr_put_u16(message, IFLA_IPVLAN_MODE, mode->value);
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, info);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    step_recordf(steps, start, r, "netlink link add", lan->name, "ip link add %s link %s netns %s type %s mode %s", lan->name,
                 lan->parent, lan->label, lan->kind, lan->mode);
    if (r == -EINVAL && str_equal(lan->mode, "passthru"))
        local = (struct error){.code = EBUSY}; /* what this mode says of a parent that has a link already */
    return r < 0 ? explain(err, &local, lan->kind, lan->name, lan->parent) : 0;
}

bool lan_kind_missing(struct netlink *netlink, const struct lan_link *lan)
{
    int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    struct lan_link probe = *lan;
    probe.netns = here;
    int r = here < 0 ? 0 : link_add_lan(netlink, NULL, &probe, NULL);
    if (here >= 0 && r == 0)
        (void)link_delete(netlink, NULL, probe.name, NULL);
    fd_close(here);
    return r == -EOPNOTSUPP;
}

int link_add_vlan(struct netlink *netlink, struct steps *steps, const char *name, const char *parent, int parent_index, int id,
                  struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    struct nlmsghdr *message = begin(&batch, netlink, name, 0, true);
    mnl_attr_put_u32(message, IFLA_LINK, (uint32_t)parent_index);
    struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "vlan");
    struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
    mnl_attr_put_u16(message, IFLA_VLAN_ID, (uint16_t)id);
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, info);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    step_recordf(steps, start, r, "netlink link add", name, "ip link add %s link %s up type vlan id %d", name, parent, id);
    return r < 0 ? explain(err, &local, "vlan", name, parent) : 0;
}

int link_add_dummy(struct netlink *netlink, struct steps *steps, const char *name, struct error *err)
{
    int64_t start = step_start();
    struct netlink_batch batch;
    struct nlmsghdr *message = begin(&batch, netlink, name, 0, true);
    struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "dummy");
    mnl_attr_nest_end(message, info);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, NULL, &local);
    step_recordf(steps, start, r, "netlink link add", name, "ip link add %s up type dummy", name);
    return r < 0 ? explain(err, &local, "dummy", name, NULL) : 0;
}
