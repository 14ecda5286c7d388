/* One network: bringing it up from nothing or from what an earlier daemon left, taking it down, describing it. */
#include "network/network_internal.h"

#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *network_id(const struct network *network) { return network->definition.id; }
const char *network_name(const struct network *network) { return network->definition.name; }
const char *network_created(const struct network *network) { return network->definition.created; }
const char *network_driver(const struct network *network) { return network_driver_name(network->definition.driver); }
bool network_is_default(const struct network *network) { return network->is_default; }
json_t *network_labels(const struct network *network) { return network->definition.labels; }

bool network_internal(const struct network *network) { return network->definition.internal; }
bool network_has_own_subnet(const struct network *network) { return network->definition.own_subnet; }

bool network_has_ipv6(const struct network *network) { return network->definition.ipv6; }

bool network_has_driver(const struct network *network)
{
    return network->definition.driver != DRIVER_HOST && network->definition.driver != DRIVER_NULL;
}

bool network_predefined(const struct network *network) { return network->is_default || !network_has_driver(network); }

/* --- addresses --- */

/* In Docker's order: the gateway, then what is kept for others; those outside the range from which addresses are given need no
 * place. */
static int take_auxiliary(struct ipam *ipam, const struct subnet_definition *subnet, const char *name, struct error *err)
{
    const char *key;
    json_t *value;
    char text[SUBNET_TEXT];
    ipam_text(ipam, text);
    json_object_foreach(subnet->auxiliary, key, value)
    {
        ip_number address;
        const char *given = json_string_value(value) ? json_string_value(value) : "";
        if (ip_parse(given, ipam->v6, &address) < 0)
            return error_set(err, EINVAL, "non parsable secondary ip address (%s:%s) passed for network %s", key, given, name);
        if (!ipam_contains(ipam, address))
            return error_set(err, EPERM, "auxiliary address: (%s:%s) must belong to the master pool: %s", key, given, text);
        struct error local = ERROR_INIT;
        if (ipam_holds(ipam, address) && ipam_take(ipam, address, &local) < 0)
            return error_set(err, local.code, "failed to allocate secondary ip address (%s:%s): %s", key, given, local.message);
    }
    return 0;
}

static int open_subnet(struct network *network, bool v6, struct ipam *ipam, ip_number *gateway, struct error *err)
{
    const struct definition *definition = &network->definition;
    const struct subnet_definition *subnet = definition_subnet(definition, v6);
    if (!subnet)
        return error_set(err, EINVAL, "network %s has no subnet of IPv%d", definition->name, v6 ? 6 : 4);
    int r = ipam_open(ipam, subnet->subnet, err);
    if (r == 0 && *subnet->range)
        r = ipam_limit(ipam, subnet->range, err);
    if (r < 0)
        return r;
    struct error local = ERROR_INIT;
    if (!*subnet->gateway)
        r = ipam_take_next(ipam, gateway, &local);
    else if (ip_parse(subnet->gateway, v6, gateway) < 0)
        r = error_set(&local, EINVAL, "invalid IP address: %s", subnet->gateway);
    else
        r = ipam_take(ipam, *gateway, &local);
    if (r < 0)
        return error_set(err, local.code, "failed to allocate gateway (%s): %s", subnet->gateway, local.message);
    return take_auxiliary(ipam, subnet, definition->name, err);
}

static int open_pool(struct network *network, struct error *err)
{
    ip_number gateway = 0;
    int r = open_subnet(network, false, &network->ipam, &gateway, err);
    network->gateway = (uint32_t)gateway;
    if (r == 0 && network->definition.ipv6)
        r = open_subnet(network, true, &network->ipam6, &network->gateway6, err);
    return r;
}

/* --- up and down --- */

static void name_bridge(struct network *network)
{
    if (*network->definition.bridge)
        snprintf(network->link, sizeof network->link, "%s", network->definition.bridge);
    else
        snprintf(network->link, sizeof network->link, "br-%.12s", network->definition.id);
}

static int bridge_network_up(struct network *network, struct steps *steps, struct error *err)
{
    bool made = false, turned_on = false;
    name_bridge(network);
    int r = bridge_up(network, &made, &turned_on, steps, err);
    if (r == 0)
        r = rules_prepare(network, turned_on, steps, err);
    if (r < 0 && made)
        (void)link_delete(&network->set->route, steps, network->link, NULL);
    return r;
}

int network_up(struct network *network, struct steps *steps, struct error *err)
{
    ipam_clear(&network->ipam);
    ipam_clear(&network->ipam6);
    int r = open_pool(network, err);
    if (r == 0)
        r = network->definition.driver == DRIVER_BRIDGE ? bridge_network_up(network, steps, err) : lan_up(network, steps, err);
    network->up = r == 0;
    return r;
}

static void forget_attachments(struct network *network)
{
    while (network->attachments) {
        struct attachment *attachment = network->attachments;
        network->attachments = attachment->next;
        for (size_t i = 0; i < attachment->port_count; i++)
            ports_release(attachment->ports[i]);
        free(attachment->ports);
        free(attachment);
    }
}

void network_down(struct network *network, struct steps *steps)
{
    struct error err = ERROR_INIT;
    if (!network_has_driver(network))
        return;
    network->up = false;
    if (network->definition.driver != DRIVER_BRIDGE) {
        lan_down(network, steps);
        return;
    }
    if (rules_remove(network, steps, &err) < 0)
        log_warn("remove the rules of %s: %s", network->link, err.message);
    if (*network->link && link_delete(&network->set->route, steps, network->link, &err) < 0 && err.code != ENODEV)
        log_warn("%s", err.message);
}

void network_free(struct network *network)
{
    forget_attachments(network);
    ipam_clear(&network->ipam);
    ipam_clear(&network->ipam6);
    strv_free(network->found);
    definition_clear(&network->definition);
    free(network);
}

/* --- describing --- */

/* "172.18.0.2/16"; "" for none. */
static json_t *cidr(ip_number address, const struct ipam *ipam)
{
    char text[IP_TEXT];
    return address ? json_sprintf("%s/%d", ip_text(address, ipam->v6, text), ipam->prefix_len) : json_string("");
}

static json_t *describe_containers(const struct network *network)
{
    json_t *containers = json_object();
    for (const struct attachment *attachment = network->attachments; attachment; attachment = attachment->next)
        json_object_set_new(containers, *attachment->container ? attachment->container : attachment->id,
                            json_pack("{s:s, s:s, s:s, s:o, s:o}", "Name", attachment->name, "EndpointID", attachment->id,
                                      "MacAddress", attachment->mac, "IPv4Address", cidr(attachment->address, &network->ipam),
                                      "IPv6Address", cidr(attachment->address6, &network->ipam6)));
    return containers;
}

size_t network_endpoint_count(struct network *network)
{
    size_t count = 0;
    pthread_mutex_lock(&network->set->lock);
    for (const struct attachment *attachment = network->attachments; attachment; attachment = attachment->next)
        count++;
    pthread_mutex_unlock(&network->set->lock);
    return count;
}

json_t *network_describe(struct network *network)
{
    json_t *document = definition_json(&network->definition);
    pthread_mutex_lock(&network->set->lock);
    json_object_set_new(document, "Containers", describe_containers(network));
    pthread_mutex_unlock(&network->set->lock);
    return document;
}

int network_namespace_new(struct steps *steps, int *netns, struct error *err)
{
    return netns_take(steps, "container", netns, NULL, err);
}
