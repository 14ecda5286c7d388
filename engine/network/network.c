/* One bridge network from nothing, or from what an earlier daemon left: the bridge and its address, forwarding, chains. */
#include "network/network_internal.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MTU_DEFAULT = 1500 };

/* --- the bridge --- */

/* dev_valid_name() in the kernel, and no '+' or '%': iptables and the kernel read them as wildcards. */
static int check_name(const char *name, struct error *err)
{
    bool valid = *name && strlen(name) < 16 && !str_equal(name, ".") && !str_equal(name, "..");
    for (const char *p = name; *p; p++)
        valid = valid && isgraph((unsigned char)*p) && !strchr("/:%+\"'", *p);
    return valid ? 0 : error_set(err, EINVAL, "invalid bridge name \"%s\": wanted 1 to 15 letters, digits, '-', '_' or '.'", name);
}

static bool overlap(uint32_t one, int one_len, uint32_t other, int other_len)
{
    uint32_t mask = ipam_mask(one_len < other_len ? one_len : other_len);
    return (one & mask) == (other & mask);
}

/* Another link with an address of our subnet would take away its traffic. */
static int check_overlap(struct network *network, const struct link_address *list, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t address = ntohl(list[i].address);
        if (list[i].index == network->bridge_index || address >> 24 == 127 ||
            !overlap(address, list[i].prefix_len, network->ipam.subnet, network->ipam.prefix_len))
            continue;
        struct in_addr subnet = {htonl(network->ipam.subnet)}, other = {list[i].address};
        char subnet_text[INET_ADDRSTRLEN], other_text[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, &subnet, subnet_text, sizeof subnet_text);
        inet_ntop(AF_INET, &other, other_text, sizeof other_text);
        return error_set(err, EADDRINUSE,
                         "subnet %s/%d overlaps with %s/%d, which another link of this machine has: choose another subnet",
                         subnet_text, network->ipam.prefix_len, other_text, list[i].prefix_len);
    }
    return 0;
}

static int make_bridge(struct network *network, bool *made, struct steps *steps, struct error *err)
{
    struct link_info info;
    struct error local = ERROR_INIT;
    int r = link_find(&network->route, network->bridge, &info, &local);
    if (r == -ENODEV) {
        unsigned char mac[6] = {0x02, 0x42};
        random_bytes(mac + 2, 4);
        r = link_add_bridge(&network->route, steps, network->bridge, mac, network->mtu, err);
        if (r < 0)
            return r;
        *made = true;
        r = link_find(&network->route, network->bridge, &info, err);
        if (r < 0)
            return r;
    } else if (r < 0) {
        return error_set(err, local.code, "%s", local.message);
    } else if (!str_equal(info.kind, "bridge")) {
        return error_set(err, EEXIST, "%s exists and is no bridge: choose another name", network->bridge);
    } else if (!info.up) {
        r = link_set_up(&network->route, steps, network->bridge, err);
        if (r < 0)
            return r;
    }
    network->bridge_index = info.index;
    return 0;
}

/* Addresses of an earlier life go, unless containers of that life are still plugged in. */
static int drop_address(struct network *network, const struct link_address *old, struct steps *steps, struct error *err)
{
    cleanup_free struct link_info *ports = NULL;
    size_t count = 0;
    int r = link_list(&network->route, network->bridge_index, &ports, &count, err);
    if (r < 0)
        return r;
    if (count) {
        struct in_addr in = {old->address};
        char text[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, &in, text, sizeof text);
        return error_set(err, EBUSY,
                         "bridge %s has the address %s/%d and %zu links plugged in: end what uses them, or choose another bridge",
                         network->bridge, text, old->prefix_len, count);
    }
    return address_delete(&network->route, steps, network->bridge, network->bridge_index, old->address, old->prefix_len, err);
}

static int set_address(struct network *network, struct steps *steps, struct error *err)
{
    cleanup_free struct link_address *list = NULL;
    size_t count = 0;
    int r = address_list(&network->route, &list, &count, err);
    if (r == 0)
        r = check_overlap(network, list, count, err);
    bool there = false;
    for (size_t i = 0; i < count && r == 0; i++) {
        if (list[i].index != network->bridge_index)
            continue;
        if (list[i].address == htonl(network->gateway) && list[i].prefix_len == network->ipam.prefix_len)
            there = true;
        else
            r = drop_address(network, &list[i], steps, err);
    }
    if (r < 0 || there)
        return r;
    return address_add(&network->route, steps, network->bridge, network->bridge_index, htonl(network->gateway),
                       network->ipam.prefix_len, err);
}

/* --- forwarding --- */

static int write_sysctl(struct steps *steps, const char *name, struct error *err)
{
    int64_t start = step_start();
    cleanup_free char *path = str_format("/proc/sys/%s", name);
    for (char *p = path + strlen("/proc/sys/"); *p; p++)
        *p = *p == '.' ? '/' : *p;
    int r = file_write(path, "1", 1, 0, err);
    step_recordf(steps, start, r, "sysctl", name, "sysctl -w %s=1", name);
    return r;
}

/* *turned_on: it was off. A read-only /proc/sys is only a warning, as it is for dockerd: bridge and containers still work. */
static void forward(bool *turned_on, struct steps *steps)
{
    struct error err = ERROR_INIT;
    cleanup_free char *value = file_read("/proc/sys/net/ipv4/ip_forward", NULL, &err);
    if (value && *value != '0')
        return;
    if (write_sysctl(steps, "net.ipv4.ip_forward", &err) < 0)
        log_warn("IPv4 forwarding is off and cannot be turned on (%s): containers reach nothing beyond the bridge", err.message);
    else
        *turned_on = true;
}

static int open_localhost(struct network *network, struct steps *steps, struct error *err)
{
    if (network->userland_proxy)
        return 0;
    cleanup_free char *path = str_format("/proc/sys/net/ipv4/conf/%s/route_localnet", network->bridge);
    int64_t start = step_start();
    int r = file_write(path, "1", 1, 0, err);
    step_recordf(steps, start, r, "sysctl", "route_localnet", "sysctl -w net.ipv4.conf.%s.route_localnet=1", network->bridge);
    return r;
}

/* --- opening and closing --- */

static int open_backends(struct network *network, struct error *err)
{
    int r = netlink_open(&network->route, NETLINK_ROUTE, err);
    if (r < 0)
        return r;
    struct error local = ERROR_INIT;
    r = iptables_detect(&network->iptables, &local);
    if (r == -ENOENT) {
        log_warn("%s; containers reach nothing beyond the bridge %s, and published ports only through the userland proxy",
                 local.message, network->bridge);
        return 0;
    }
    if (r < 0)
        return error_set(err, local.code, "%s", local.message);
    return network->iptables.backend == IPTABLES_NFT ? netlink_open(&network->filter, NETLINK_NETFILTER, err) : 0;
}

static int bring_up(struct network *network, bool *made, struct steps *steps, struct error *err)
{
    bool turned_on = false;
    int r = open_backends(network, err);
    if (r == 0)
        r = make_bridge(network, made, steps, err);
    if (r == 0)
        r = set_address(network, steps, err);
    if (r == 0)
        r = ipam_take(&network->ipam, network->gateway, err);
    if (r < 0)
        return r;
    forward(&turned_on, steps);
    r = open_localhost(network, steps, err);
    if (r == 0)
        r = rules_prepare(network, turned_on, steps, err);
    if (r < 0)
        return r;
    network->worker = worker_new(err);
    return network->worker ? 0 : -EAGAIN;
}

static void release(struct network *network)
{
    proxy_free(network->proxy);
    worker_free(network->worker);
    netlink_close(&network->route);
    netlink_close(&network->filter);
    ipam_clear(&network->ipam);
    strv_free(network->found);
    pthread_mutex_destroy(&network->lock);
    free(network);
}

struct network *network_open(const struct network_options *options, struct steps *steps, struct error *err)
{
    const char *bridge = str_or(options->bridge, "slipway0");
    const char *address = str_or(options->address, "172.18.0.1/16");
    uint32_t gateway;
    int prefix_len;
    if (check_name(bridge, err) < 0 || ipam_parse(address, &gateway, &prefix_len, err) < 0)
        return NULL;
    struct network *network = xcalloc(1, sizeof *network);
    pthread_mutex_init(&network->lock, NULL);
    snprintf(network->bridge, sizeof network->bridge, "%s", bridge);
    network->mtu = options->mtu > 0 ? options->mtu : MTU_DEFAULT;
    network->userland_proxy = options->userland_proxy;
    network->gateway = gateway;
    network->ipam = (struct ipam){.subnet = gateway & ipam_mask(prefix_len), .prefix_len = prefix_len};
    clock_rfc3339(clock_wall_ns(), network->created);
    /* Not random: a daemon that starts again finds its containers on the network they were on. */
    cleanup_free char *seed = str_format("slipway bridge network %s", bridge);
    char digest[DIGEST_TEXT];
    digest_bytes(seed, strlen(seed), digest);
    snprintf(network->id, sizeof network->id, "%s", strchr(digest, ':') + 1);
    bool made = false;
    if (bring_up(network, &made, steps, err) < 0) {
        if (err)
            error_prefix(err, "network %s", bridge);
        if (made)
            (void)link_delete(&network->route, steps, network->bridge, NULL);
        release(network);
        return NULL;
    }
    netns_prepare();
    return network;
}

static void forget_attachment(struct attachment *attachment)
{
    for (size_t i = 0; i < attachment->port_count; i++)
        ports_release(attachment->ports[i]);
    free(attachment->ports);
    free(attachment);
}

void network_close(struct network *network, bool remove)
{
    if (!network)
        return;
    struct error err = ERROR_INIT;
    pthread_mutex_lock(&network->lock);
    if (network->proxy) {
        proxy_free(network->proxy);
        network->proxy = NULL;
    }
    while (network->attachments) {
        struct attachment *attachment = network->attachments;
        network->attachments = attachment->next;
        forget_attachment(attachment);
    }
    if (remove && rules_remove(network, NULL, &err) < 0)
        log_warn("remove the rules of %s: %s", network->bridge, err.message);
    worker_free(network->worker);
    network->worker = NULL;
    if (remove && link_delete(&network->route, NULL, network->bridge, &err) < 0 && err.code != ENODEV)
        log_warn("%s", err.message);
    pthread_mutex_unlock(&network->lock);
    release(network);
}

/* --- describing --- */

const char *network_id(const struct network *network) { return network->id; }

static json_t *describe_containers(const struct network *network)
{
    json_t *containers = json_object();
    for (const struct attachment *attachment = network->attachments; attachment; attachment = attachment->next) {
        struct in_addr in = {htonl(attachment->address)};
        char text[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, &in, text, sizeof text);
        cleanup_free char *cidr = str_format("%s/%d", text, network->ipam.prefix_len);
        json_object_set_new(containers, *attachment->container ? attachment->container : attachment->id,
                            json_pack("{s:s, s:s, s:s, s:s, s:s}", "Name", attachment->name, "EndpointID", attachment->id,
                                      "MacAddress", attachment->mac, "IPv4Address", cidr, "IPv6Address", ""));
    }
    return containers;
}

static json_t *describe_options(const struct network *network)
{
    cleanup_free char *mtu = str_format("%d", network->mtu);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "com.docker.network.bridge.default_bridge", "true",
                     "com.docker.network.bridge.enable_icc", "true", "com.docker.network.bridge.enable_ip_masquerade", "true",
                     "com.docker.network.bridge.host_binding_ipv4", "0.0.0.0", "com.docker.network.bridge.name", network->bridge,
                     "com.docker.network.driver.mtu", mtu);
}

json_t *network_describe(struct network *network)
{
    struct in_addr in = {htonl(network->ipam.subnet)}, gateway_in = {htonl(network->gateway)};
    char text[INET_ADDRSTRLEN], gateway[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &in, text, sizeof text);
    inet_ntop(AF_INET, &gateway_in, gateway, sizeof gateway);
    cleanup_free char *subnet = str_format("%s/%d", text, network->ipam.prefix_len);
    pthread_mutex_lock(&network->lock);
    json_t *containers = describe_containers(network);
    pthread_mutex_unlock(&network->lock);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:{s:s, s:n, s:[{s:s, s:s}]}, s:b, s:b, s:b, s:{s:s}, s:b, s:o, s:o, s:{}}",
                     "Name", "bridge", "Id", network->id, "Created", network->created, "Scope", "local", "Driver", "bridge",
                     "EnableIPv6", 0, "IPAM", "Driver", "default", "Options", "Config", "Subnet", subnet, "Gateway", gateway,
                     "Internal", 0, "Attachable", 0, "Ingress", 0, "ConfigFrom", "Network", "", "ConfigOnly", 0, "Containers",
                     containers, "Options", describe_options(network), "Labels");
}

int network_namespace_new(struct steps *steps, int *netns, struct error *err)
{
    return netns_take(steps, "container", netns, NULL, err);
}
