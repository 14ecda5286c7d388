/* A bridge network's link: the bridge, its address, forwarding. */
#include "network/network_internal.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the bridge --- */

/* Another link with an address of our subnet would take away its traffic. */
static int check_overlap(struct network *network, const struct link_address *list, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t address = ntohl(list[i].address);
        const struct ipam theirs = {.prefix_len = list[i].prefix_len, .subnet = address & ipam_mask(list[i].prefix_len)};
        if (list[i].index == network->link_index || address >> 24 == 127 || !ipam_overlaps(&theirs, &network->ipam))
            continue;
        char subnet[SUBNET_TEXT], other[SUBNET_TEXT];
        ipam_text(&network->ipam, subnet);
        ipam_text(&theirs, other);
        return error_set(err, EADDRINUSE,
                         "subnet %s overlaps with %s, which another link of this machine has: choose another subnet", subnet,
                         other);
    }
    return 0;
}

static int make_bridge(struct network *network, bool *made, struct steps *steps, struct error *err)
{
    struct link_info info;
    struct error local = ERROR_INIT;
    int r = link_find(&network->set->route, network->link, &info, &local);
    if (r == -ENODEV) {
        unsigned char mac[6] = {0x02, 0x42};
        random_bytes(mac + 2, 4);
        r = link_add_bridge(&network->set->route, steps, network->link, mac, network->definition.mtu, err);
        if (r < 0)
            return r;
        *made = true;
        r = link_find(&network->set->route, network->link, &info, err);
        if (r < 0)
            return r;
    } else if (r < 0) {
        return error_set(err, local.code, "%s", local.message);
    } else if (!str_equal(info.kind, "bridge")) {
        return error_set(err, EEXIST, "%s exists and is no bridge: choose another name", network->link);
    } else if (!info.up) {
        r = link_set_up(&network->set->route, steps, network->link, err);
        if (r < 0)
            return r;
    }
    network->link_index = info.index;
    return 0;
}

/* Addresses of an earlier life go, unless containers of that life are still plugged in. */
static int drop_address(struct network *network, const struct link_address *old, struct steps *steps, struct error *err)
{
    cleanup_free struct link_info *ports = NULL;
    size_t count = 0;
    int r = link_list(&network->set->route, network->link_index, &ports, &count, err);
    if (r < 0)
        return r;
    if (count) {
        struct in_addr in = {old->address};
        char text[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, &in, text, sizeof text);
        return error_set(err, EBUSY,
                         "bridge %s has the address %s/%d and %zu links plugged in: end what uses them, or choose another bridge",
                         network->link, text, old->prefix_len, count);
    }
    return address_delete(&network->set->route, steps, network->link, network->link_index, old->address, old->prefix_len, err);
}

static int set_address(struct network *network, struct steps *steps, struct error *err)
{
    cleanup_free struct link_address *list = NULL;
    size_t count = 0;
    int r = address_list(&network->set->route, &list, &count, err);
    if (r == 0)
        r = check_overlap(network, list, count, err);
    bool there = false;
    for (size_t i = 0; i < count && r == 0; i++) {
        if (list[i].index != network->link_index)
            continue;
        if (list[i].address == htonl(network->gateway) && list[i].prefix_len == network->ipam.prefix_len)
            there = true;
        else
            r = drop_address(network, &list[i], steps, err);
    }
    if (r < 0 || there || network->definition.inhibit_ipv4)
        return r;
    return address_add(&network->set->route, steps, network->link, network->link_index, htonl(network->gateway),
                       network->ipam.prefix_len, err);
}

/* --- forwarding --- */

/* `name`: "net/ipv4/ip_forward", with the slashes of /proc/sys, since a link's name may hold a dot. */
static int write_sysctl(struct steps *steps, const char *name, const char *value, struct error *err)
{
    int64_t start = step_start();
    cleanup_free char *path = str_format("/proc/sys/%s", name);
    int r = file_write(path, value, strlen(value), 0, err);
    step_recordf(steps, start, r, "sysctl", name, "sysctl -w %s=%s", name, value);
    return r;
}

/* *turned_on: it was off. A read-only /proc/sys is only a warning, as it is for dockerd: bridge and containers still work. */
static void forward(bool *turned_on, struct steps *steps)
{
    struct error err = ERROR_INIT;
    cleanup_free char *value = file_read("/proc/sys/net/ipv4/ip_forward", NULL, &err);
    if (value && *value != '0')
        return;
    if (write_sysctl(steps, "net/ipv4/ip_forward", "1", &err) < 0)
        log_warn("IPv4 forwarding is off and cannot be turned on (%s): containers reach nothing beyond the bridge", err.message);
    else
        *turned_on = true;
}

static void forward6(struct steps *steps)
{
    static const char *const names[] = {"net/ipv6/conf/default/forwarding", "net/ipv6/conf/all/forwarding"};
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        cleanup_free char *path = str_format("/proc/sys/%s", names[i]), *value = file_read(path, NULL, NULL);
        if ((!value || *value == '0') && write_sysctl(steps, names[i], "1", &err) < 0)
            log_warn("IPv6 forwarding is off and cannot be turned on (%s): containers reach nothing beyond the bridge",
                     err.message);
    }
}

/* The gateway's address, and the link-local one that Docker's bridges have. */
static int set_address6(struct network *network, struct steps *steps, struct error *err)
{
    cleanup_free char *off = str_format("net/ipv6/conf/%s/disable_ipv6", network->link);
    cleanup_free char *path = str_format("/proc/sys/%s", off), *value = file_read(path, NULL, NULL);
    struct error local = ERROR_INIT;
    if (!value)
        return error_set(err, EAFNOSUPPORT, "this kernel has no IPv6: a network with --ipv6 cannot be used");
    if (*value != '0' && write_sysctl(steps, off, "0", &local) < 0)
        return error_set(err, local.code, "turn on IPv6 for %s: %s", network->link, local.message);
    struct ip_interface local_address = {.v6 = true, .address = {0xfe, 0x80, [15] = 1}, .prefix_len = 64};
    struct ip_interface gateway = {.v6 = true, .prefix_len = network->ipam6.prefix_len};
    ip_bytes(network->gateway6, true, gateway.address);
    int r = address_put(&network->set->route, steps, network->link, network->link_index, &local_address, err);
    return r < 0 ? r : address_put(&network->set->route, steps, network->link, network->link_index, &gateway, err);
}

static int open_localhost(struct network *network, struct steps *steps, struct error *err)
{
    if (network->set->userland_proxy)
        return 0;
    cleanup_free char *path = str_format("/proc/sys/net/ipv4/conf/%s/route_localnet", network->link);
    int64_t start = step_start();
    int r = file_write(path, "1", 1, 0, err);
    step_recordf(steps, start, r, "sysctl", "route_localnet", "sysctl -w net.ipv4.conf.%s.route_localnet=1", network->link);
    return r;
}

/* Frames from one container to another of the same bridge meet no rule unless the kernel is told so. */
static int filter_frames(struct network *network, struct steps *steps, struct error *err)
{
    static const char path[] = "/proc/sys/net/bridge/bridge-nf-call-iptables";
    if (network->definition.icc || network->set->iptables.backend == IPTABLES_NONE)
        return 0;
    struct error local = ERROR_INIT;
    cleanup_free char *value = file_read(path, NULL, NULL);
    if (value && *value != '0')
        return 0;
    if (!value || write_sysctl(steps, path + strlen("/proc/sys/"), "1", &local) < 0)
        return error_set(err, EOPNOTSUPP,
                         "cannot restrict inter-container communication: please ensure that br_netfilter kernel module is loaded");
    return 0;
}

int bridge_up(struct network *network, bool *made, bool *turned_on, struct steps *steps, struct error *err)
{
    int r = make_bridge(network, made, steps, err);
    if (r == 0)
        r = set_address(network, steps, err);
    if (r == 0 && network->definition.ipv6)
        r = set_address6(network, steps, err);
    if (r < 0)
        return r;
    bool opens = !network->definition.internal && !network->set->no_forward;
    if (opens)
        forward(turned_on, steps);
    if (opens && network->definition.ipv6)
        forward6(steps);
    r = filter_frames(network, steps, err);
    return r < 0 ? r : open_localhost(network, steps, err);
}
