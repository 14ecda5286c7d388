/* The set of networks: opening and closing, making and removing, finding, and the documents that keep them. */
#include "network/dns.h"
#include "network/network_internal.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- references --- */

struct network *network_ref(struct network *network)
{
    atomic_fetch_add(&network->refs, 1);
    return network;
}

void network_put(struct network *network)
{
    if (network && atomic_fetch_sub(&network->refs, 1) == 1)
        network_free(network);
}

void network_put_p(struct network **network) { network_put(*network); }

/* --- documents on disk --- */

static char *document_path(const struct networks *set, const char *id)
{
    cleanup_free char *name = str_format("%s.json", id);
    return path_join(set->directory, name);
}

static int keep(const struct network *network, struct error *err)
{
    if (!network->set->directory || network_predefined(network))
        return 0;
    cleanup_free char *path = document_path(network->set, network->definition.id);
    cleanup_json json_t *document = definition_json(&network->definition);
    json_object_set_new(document, "SlipwayOwnSubnet", json_boolean(network->definition.own_subnet));
    if (network->definition.made_parent)
        json_object_set_new(document, "SlipwayMadeParent", json_true());
    return json_write_file(path, document, 0600, true, err);
}

static void forget(const struct network *network)
{
    if (!network->set->directory)
        return;
    cleanup_free char *path = document_path(network->set, network->definition.id);
    struct error err = ERROR_INIT;
    if (path_remove_tree(path, &err) < 0)
        log_warn("%s", err.message);
}

/* --- the list; the lock is held --- */

static void append(struct networks *set, struct network *network)
{
    struct network **link = &set->first;
    while (*link)
        link = &(*link)->next;
    *link = network;
}

static void take_out(struct networks *set, struct network *network)
{
    struct network **link = &set->first;
    while (*link && *link != network)
        link = &(*link)->next;
    if (!*link)
        return;
    *link = network->next;
    network->next = NULL;
    network->removed = true;
    network_put(network);
}

/* Takes the definition over. */
static struct network *network_new(struct networks *set, struct definition *definition)
{
    struct network *network = xcalloc(1, sizeof *network);
    network->set = set;
    network->definition = *definition;
    *definition = (struct definition){0};
    atomic_init(&network->refs, 1);
    return network;
}

static struct network *by_name(const struct networks *set, const char *name)
{
    for (struct network *network = set->first; network; network = network->next)
        if (str_equal(network->definition.name, name))
            return network;
    return NULL;
}

/* --- opening --- */

/* Not random: a daemon that starts again finds its containers on the network they were on. */
static void stable_id(struct definition *definition, const char *kind, const char *link)
{
    cleanup_free char *seed = str_format("slipway %s network %s", kind, link);
    char digest[DIGEST_TEXT];
    digest_bytes(seed, strlen(seed), digest);
    snprintf(definition->id, sizeof definition->id, "%s", strchr(digest, ':') + 1);
    clock_rfc3339(clock_wall_ns(), definition->created);
}

static int open_default(struct networks *set, const struct networks_options *options, struct steps *steps, struct error *err)
{
    const char *bridge = str_or(options->bridge, "slipway0"), *address = str_or(options->address, "172.18.0.1/16");
    uint32_t gateway;
    int prefix_len;
    if (definition_check_link(bridge, err) < 0 || ipam_parse(address, &gateway, &prefix_len, err) < 0)
        return -EINVAL;
    cleanup_free char *mtu = str_format("%d", options->mtu > 0 ? options->mtu : 1500);
    cleanup_free char *host = xstrndup(address, strcspn(address, "/"));
    char subnet[SUBNET_TEXT];
    ipam_text(&(struct ipam){.prefix_len = prefix_len, .subnet = gateway & ipam_mask(prefix_len)}, subnet);
    cleanup_json json_t *document =
        json_pack("{s:s, s:s, s:{s:s, s:n, s:[{s:s, s:s}]}, s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "Name", "bridge", "Driver",
                  "bridge", "IPAM", "Driver", "default", "Options", "Config", "Subnet", subnet, "Gateway", host, "Options",
                  "com.docker.network.bridge.default_bridge", "true", "com.docker.network.bridge.enable_icc",
                  options->no_icc ? "false" : "true", "com.docker.network.bridge.enable_ip_masquerade",
                  options->no_masquerade ? "false" : "true", "com.docker.network.bridge.host_binding_ipv4", "0.0.0.0",
                  "com.docker.network.bridge.name", bridge, "com.docker.network.driver.mtu", mtu);
    /* From a pool it would get another one with each start. */
    if (options->subnet6 && !*options->subnet6)
        return error_set(
            err, EINVAL,
            "could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network: "
            "\"ipv6\" needs \"fixed-cidr-v6\"");
    json_object_set_new(document, "EnableIPv6", json_boolean(options->subnet6 != NULL));
    if (options->subnet6)
        json_array_append_new(json_object_get(json_object_get(document, "IPAM"), "Config"),
                              json_pack("{s:s}", "Subnet", options->subnet6));
    struct definition definition;
    int r = definition_parse(document, &definition, err);
    if (r < 0)
        return r;
    stable_id(&definition, "bridge", bridge);
    struct network *network = network_new(set, &definition);
    network->is_default = true;
    append(set, network);
    r = network_up(network, steps, err);
    return r < 0 ? (err ? error_prefix(err, "network %s", bridge) : r) : 0;
}

static int open_plain(struct networks *set, const char *name, const char *driver, const char *bridge, struct error *err)
{
    cleanup_json json_t *document = json_pack("{s:s, s:s}", "Name", name, "Driver", driver);
    struct definition definition;
    int r = definition_parse(document, &definition, err);
    if (r < 0)
        return r;
    stable_id(&definition, name, bridge);
    append(set, network_new(set, &definition));
    return 0;
}

static int by_creation(const void *left, const void *right)
{
    return strcmp(json_str(*(json_t *const *)left, "Created", ""), json_str(*(json_t *const *)right, "Created", ""));
}

/* A network that cannot be brought up again stays in the list: it may be repaired or removed. */
static void open_kept(struct networks *set, json_t *document, struct steps *steps)
{
    struct error err = ERROR_INIT;
    struct definition definition;
    if (definition_parse(document, &definition, &err) < 0 || !*definition.id) {
        log_warn("a kept network cannot be read: %s", err.message);
        return;
    }
    struct network *network = network_new(set, &definition);
    append(set, network);
    if (network_up(network, steps, &err) < 0)
        log_warn("network %s cannot be brought up: %s", network->definition.name, err.message);
}

static int open_made(struct networks *set, struct steps *steps, struct error *err)
{
    if (!set->directory)
        return 0;
    int r = path_make_dirs(set->directory, 0700, err);
    if (r < 0)
        return r;
    size_t count = 0, room = 0;
    json_t **documents = NULL;
    DIR *directory = opendir(set->directory);
    for (const struct dirent *entry; directory && (entry = readdir(directory));) {
        cleanup_free char *path = path_join(set->directory, entry->d_name);
        if (strstr(entry->d_name, ".json.tmp-"))
            unlink(path); /* a daemon was killed while it wrote */
        if (!str_ends(entry->d_name, ".json"))
            continue;
        struct error local = ERROR_INIT;
        json_t *document = json_read_file(path, &local);
        if (!document) {
            log_warn("%s", local.message);
            continue;
        }
        if (count == room)
            documents = xrealloc(documents, (room = room * 2 + 8) * sizeof *documents);
        documents[count++] = document;
    }
    if (directory)
        closedir(directory);
    if (count)
        qsort(documents, count, sizeof *documents, by_creation);
    for (size_t i = 0; i < count; i++) {
        open_kept(set, documents[i], steps);
        json_decref(documents[i]);
    }
    free(documents);
    return 0;
}

static int open_iptables(struct networks *set, const struct networks_options *options, struct error *err)
{
    if (options->no_iptables)
        return 0;
    struct error local = ERROR_INIT;
    int r = iptables_detect(&set->iptables, &local);
    if (r == -ENOENT) {
        log_warn("%s; containers reach nothing beyond their bridges, and published ports only through the userland proxy",
                 local.message);
        return 0;
    }
    if (r < 0)
        return error_set(err, local.code, "%s", local.message);
    if (set->iptables.backend == IPTABLES_NFT)
        r = netlink_open(&set->filter, NETLINK_NETFILTER, err);
    if (r == 0 && options->ip6tables && iptables_detect_v6(&set->ip6tables, &local) < 0)
        log_warn("ip6tables: %s; IPv6 goes without rules", local.message);
    return r;
}

static int open_backends(struct networks *set, const struct networks_options *options, struct error *err)
{
    int r = netlink_open(&set->route, NETLINK_ROUTE, err);
    if (r == 0)
        r = open_iptables(set, options, err);
    if (r == 0)
        r = pools_open(set, options->pools, err);
    if (r == 0)
        set->worker = worker_new(err);
    return r < 0 ? r : set->worker ? 0 : -EAGAIN;
}

static void release(struct networks *set)
{
    while (set->first)
        take_out(set, set->first);
    dns_free(set->dns);
    proxy_free(set->proxy);
    worker_free(set->worker);
    netlink_close(&set->route);
    netlink_close(&set->filter);
    netlink_close(&set->tracked);
    free(set->pools);
    free(set->directory);
    pthread_mutex_destroy(&set->lock);
    free(set);
}

struct networks *networks_open(const struct networks_options *options, struct steps *steps, struct error *err)
{
    struct networks *set = xcalloc(1, sizeof *set);
    pthread_mutex_init(&set->lock, NULL);
    set->dns = dns_new(&set->iptables);
    set->userland_proxy = options->userland_proxy;
    set->no_forward = options->no_forward;
    set->directory = options->directory ? xstrdup(options->directory) : NULL;
    const char *bridge = str_or(options->bridge, "slipway0");
    if (open_backends(set, options, err) < 0 || open_default(set, options, steps, err) < 0 ||
        open_plain(set, "host", "host", bridge, err) < 0 || open_plain(set, "none", "null", bridge, err) < 0 ||
        open_made(set, steps, err) < 0) {
        release(set);
        return NULL;
    }
    netns_prepare();
    return set;
}

void networks_close(struct networks *set, bool remove)
{
    if (!set)
        return;
    pthread_mutex_lock(&set->lock);
    proxy_free(set->proxy);
    set->proxy = NULL;
    for (struct network *network = set->first; network; network = network->next)
        if (remove)
            network_down(network, NULL);
    worker_free(set->worker);
    set->worker = NULL;
    pthread_mutex_unlock(&set->lock);
    release(set);
}

/* --- making and removing --- */

static bool is_predefined(const char *name)
{
    static const char *const names[] = {"bridge", "host", "none", "default", "container"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal(name, names[i]))
            return true;
    return str_starts(name, "container:");
}

static int check_name(const struct networks *set, const char *name, struct error *err)
{
    if (!*name)
        return error_set(err, EINVAL, "invalid network name \"%s\": a network needs a name", name);
    if (is_predefined(name))
        return error_set(err, EPERM, "operation is not permitted on predefined %s network", name);
    for (const char *p = name; *p; p++)
        if (!(strchr("_.-", *p) && p > name) && !((*p | 32) >= 'a' && (*p | 32) <= 'z') && !(*p >= '0' && *p <= '9'))
            return error_set(err, EINVAL, "invalid network name: %s: only letters, digits, '_', '.' and '-' are allowed", name);
    if (by_name(set, name))
        return error_set(err, EEXIST, "network with name %s already exists", name);
    return 0;
}

static int check_bridge(const struct networks *set, const struct definition *definition, struct error *err)
{
    for (const struct network *other = set->first; other && *definition->bridge; other = other->next)
        if (other->definition.driver == DRIVER_BRIDGE && str_equal(other->link, definition->bridge))
            return error_set(err, EPERM,
                             "cannot create network %s (%s): conflicts with network %s (%s): networks have same bridge name",
                             definition->id, definition->bridge, other->definition.id, other->link);
    return 0;
}

static int check_driver(const struct definition *definition, struct error *err)
{
    if (definition->driver == DRIVER_HOST || definition->driver == DRIVER_NULL)
        return error_set(err, EPERM, "only one instance of \"%s\" network is allowed", network_driver_name(definition->driver));
    return 0;
}

/* With the lock held. */
static int create(struct networks *set, struct definition *definition, struct network **out, struct steps *steps, struct error *err)
{
    id_generate(definition->id);
    int r = check_driver(definition, err);
    if (r == 0)
        r = check_name(set, definition->name, err);
    if (r == 0)
        r = check_bridge(set, definition, err);
    if (r == 0)
        r = pools_settle(set, definition, err);
    if (r < 0) {
        definition_clear(definition);
        return r;
    }
    clock_rfc3339(clock_wall_ns(), definition->created);
    struct network *network = network_new(set, definition);
    /* First on disk: who is killed now finds it again, and a bridge without a network is never left. */
    r = keep(network, err);
    if (r == 0)
        r = network_up(network, steps, err);
    if (r == 0 && network->definition.made_parent && (r = keep(network, err)) < 0)
        network_down(network, NULL);
    if (r < 0) {
        forget(network);
        network_put(network);
        return r;
    }
    append(set, network);
    *out = network_ref(network);
    return 0;
}

int networks_create(struct networks *set, const json_t *document, struct network **out, struct steps *steps, struct error *err)
{
    struct definition definition;
    int r = definition_parse(document, &definition, err);
    if (r < 0)
        return r;
    pthread_mutex_lock(&set->lock);
    r = create(set, &definition, out, steps, err);
    pthread_mutex_unlock(&set->lock);
    return r;
}

int networks_remove(struct networks *set, struct network *network, struct steps *steps, struct error *err)
{
    const struct definition *definition = &network->definition;
    int r = 0;
    pthread_mutex_lock(&set->lock);
    if (network_predefined(network))
        r = error_set(err, EPERM, "%s is a pre-defined network and cannot be removed", definition->name);
    else if (network->removed)
        r = error_set(err, ENOENT, "network %s not found", definition->name);
    else if (network->attachments)
        r = error_set(err, EPERM, "error while removing network: network %s id %s has active endpoints", definition->name,
                      definition->id);
    if (r == 0) {
        network_down(network, steps);
        forget(network);
        take_out(set, network);
    }
    pthread_mutex_unlock(&set->lock);
    return r;
}

/* --- finding --- */

/* With the lock held. */
static struct network *find(struct networks *set, const char *name, struct error *err)
{
    struct network *exact = by_name(set, name), *partial = NULL;
    size_t matches = 0;
    for (struct network *network = set->first; network && !exact; network = network->next) {
        if (str_equal(network->definition.id, name))
            exact = network;
        else if (*name && str_starts(network->definition.id, name))
            partial = network, matches++;
    }
    if (!exact && matches > 1)
        error_set(err, EINVAL, "network %s is ambiguous (%zu matches found on ID prefix)", name, matches);
    else if (!exact && !partial)
        error_set(err, ENOENT, "network %s not found", name);
    return exact ? exact : matches == 1 ? partial : NULL;
}

struct network *networks_find(struct networks *set, const char *name, struct error *err)
{
    pthread_mutex_lock(&set->lock);
    struct network *network = find(set, name, err);
    if (network)
        network_ref(network);
    pthread_mutex_unlock(&set->lock);
    return network;
}

struct network **networks_all(struct networks *set, size_t *count)
{
    pthread_mutex_lock(&set->lock);
    *count = 0;
    for (const struct network *network = set->first; network; network = network->next)
        ++*count;
    struct network **all = xcalloc(*count + 1, sizeof *all), **next = all;
    for (struct network *network = set->first; network; network = network->next)
        *next++ = network_ref(network);
    pthread_mutex_unlock(&set->lock);
    return all;
}

void networks_all_free(struct network **all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        network_put(all[i]);
    free(all);
}

/* A wire by its name made here ("veth" and seven digits), which no endpoint has. */
static bool is_stray(const struct network *network, const struct link_info *link)
{
    const char *digits = link->name + strlen("veth");
    if (!str_equal(link->kind, "veth") || !str_starts(link->name, "veth") || strspn(digits, "0123456789abcdef") != 7 || digits[7])
        return false;
    for (const struct attachment *attachment = network->attachments; attachment; attachment = attachment->next)
        if (str_equal(attachment->host_link, link->name))
            return false;
    return true;
}

/* A daemon that was killed while it connected a container left a wire that nobody knows of. */
static void remove_strays(struct network *network)
{
    struct link_info *list = NULL;
    size_t count = 0;
    struct error err = ERROR_INIT;
    if (network->definition.driver != DRIVER_BRIDGE || !network->up || network->link_index <= 0 ||
        link_list(&network->set->route, network->link_index, &list, &count, &err) < 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (is_stray(network, &list[i]) && link_delete(&network->set->route, NULL, list[i].name, &err) == 0)
            log_info("the wire %s on %s belonged to nobody and is removed", list[i].name, network->link);
    free(list);
}

void networks_settle(struct networks *set)
{
    pthread_mutex_lock(&set->lock);
    for (struct network *network = set->first; network; network = network->next) {
        rules_settle(network);
        remove_strays(network);
    }
    pthread_mutex_unlock(&set->lock);
}
