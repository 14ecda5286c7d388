/* The network between the machines of a lab; see sandbox_lan.h. Everything lies in the machines' own network namespaces, and goes
 * with them. */
#include "daemon/sandbox_lan.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/instance.h"
#include "kernel/net/netlink.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BRIDGE "lan0"

enum { PREFIX = 24, NETWORK = 0x0a630000 /* 10.99.0.0 */ };

static bool name_usable(const char *name)
{
    size_t len = name ? strlen(name) : 0;
    if (len == 0 || len > LAN_NAME_MOST || !isalpha((unsigned char)*name) || str_equal(name, "lab") || str_equal(name, "localhost"))
        return false;
    for (; *name; name++)
        if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) && *name != '-')
            return false;
    return true;
}

int sandbox_lan_check(const json_t *hosts, struct error *err)
{
    size_t i, j;
    json_t *name, *other;
    if (hosts && (!json_is_array(hosts) || json_array_size(hosts) > LAN_HOSTS_MOST))
        return error_set(err, EINVAL, "\"hosts\" is a list of at most %d names", LAN_HOSTS_MOST);
    json_array_foreach(hosts, i, name)
    {
        if (!name_usable(json_string_value(name)))
            return error_set(err, EINVAL, "\"hosts\": a name is at most %d small letters, digits and '-', and not \"lab\"",
                             LAN_NAME_MOST);
        json_array_foreach(hosts, j, other) if (j < i && json_equal(name, other)) return error_set(
            err, EINVAL, "\"hosts\": %s is named twice", json_string_value(name));
    }
    return 0;
}

static uint32_t address_of(size_t number) { return htonl(NETWORK + 1 + (uint32_t)number); }

char *sandbox_lan_names(const json_t *hosts)
{
    struct buf out = BUF_INIT;
    size_t i;
    json_t *name;
    if (!json_array_size(hosts))
        return NULL;
    buf_puts(&out, "10.99.0.1\tlab\n");
    json_array_foreach(hosts, i, name) buf_printf(&out, "10.99.0.%zu\t%s\n", i + 2, json_string_value(name));
    return buf_take(&out);
}

static int open_network(struct instance *instance, struct error *err)
{
    struct state state = instance_state(instance);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)state.pid);
    int fd = state.running ? open(path, O_RDONLY | O_CLOEXEC) : -ESRCH;
    state_clear(&state);
    return fd < 0 ? error_set(err, EIO, "the network of machine %.12s is gone", instance->id) : fd;
}

/* What crosses the bridge is nobody's business but its ports', whatever rules the engine in this machine makes. A kernel without
 * this filter has no such file. */
static int leave_frames_alone(void *nothing)
{
    (void)nothing;
    (void)file_write("/proc/sys/net/bridge/bridge-nf-call-iptables", "0", 1, 0, NULL);
    (void)file_write("/proc/sys/net/bridge/bridge-nf-call-ip6tables", "0", 1, 0, NULL);
    return 0;
}

static int make_bridge(struct netlink *inside, int netns, struct steps *steps, struct link_info *bridge, struct error *err)
{
    static const unsigned char mac[6] = {0x02, 0x42, 0x0a, 0x63, 0x00, 0x01};
    if (link_find(inside, BRIDGE, bridge, NULL) == 0)
        return 0;
    int rc = link_add_bridge(inside, steps, BRIDGE, mac, 1500, err);
    if (rc == 0)
        rc = link_find(inside, BRIDGE, bridge, err);
    if (rc == 0)
        rc = address_add(inside, steps, BRIDGE, bridge->index, address_of(0), PREFIX, err);
    return rc == 0 ? netns_run(netns, leave_frames_alone, NULL, err) : rc;
}

static int plug(struct netlink *inside, const struct link_info *bridge, int peer_netns, const char *name, size_t number,
                struct error *err)
{
    char port[16];
    snprintf(port, sizeof port, "to-%s", name);
    const struct veth_pair pair = {.host_name = port,
                                   .master = BRIDGE,
                                   .master_index = bridge->index,
                                   .mtu = 1500,
                                   .peer_name = "eth0",
                                   .peer_mac = {0x02, 0x42, 0x0a, 0x63, 0x00, (unsigned char)(1 + number)},
                                   .peer_netns = peer_netns,
                                   .label = name};
    return link_add_veth(inside, NULL, &pair, err);
}

static int configure(int netns, const char *name, size_t number, struct error *err)
{
    struct netlink inside = {0};
    struct link_info link;
    int rc = netlink_open_in(&inside, netns, err);
    if (rc == 0)
        rc = link_find(&inside, "eth0", &link, err);
    if (rc == 0) {
        const struct interface_setup setup = {
            .name = "eth0", .index = link.index, .address = address_of(number), .prefix_len = PREFIX, .label = name};
        rc = link_configure(&inside, NULL, &setup, err);
    }
    netlink_close(&inside);
    return rc;
}

int sandbox_lan_join(struct instance *main, struct instance *peer, size_t i, struct error *err)
{
    const char *name = peer->sandbox->host;
    struct netlink inside = {0};
    struct link_info bridge;
    cleanup_close int home = open_network(main, err);
    cleanup_close int there = home < 0 ? -EBADF : open_network(peer, err);
    int rc = home < 0 || there < 0 ? -err->code : netlink_open_in(&inside, home, err);
    if (rc == 0)
        rc = make_bridge(&inside, home, NULL, &bridge, err);
    if (rc == 0)
        rc = plug(&inside, &bridge, there, name, i + 1, err);
    netlink_close(&inside);
    if (rc == 0)
        rc = configure(there, name, i + 1, err);
    return rc < 0 ? error_prefix(err, "connect the machine %s with the others", name) : 0;
}
