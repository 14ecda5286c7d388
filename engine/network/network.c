/* One network: bringing it up from nothing or from what an earlier daemon left, taking it down, describing it. */
#include "network/network_internal.h"

#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
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

bool network_has_driver(const struct network *network)
{
    return network->definition.driver != DRIVER_HOST && network->definition.driver != DRIVER_NULL;
}

bool network_predefined(const struct network *network) { return network->is_default || !network_has_driver(network); }

/* --- addresses --- */

static int open_pool(struct network *network, struct error *err)
{
    const struct definition *definition = &network->definition;
    if (!definition->subnet_count)
        return error_set(err, EINVAL, "network %s has no subnet", definition->name);
    const struct subnet_definition *subnet = &definition->subnets[0];
    struct ipam ipam = {0};
    int r = ipam_subnet_parse(subnet->subnet, &ipam.subnet, &ipam.prefix_len, err);
    if (r == 0 && *subnet->range)
        r = ipam_limit(&ipam, subnet->range, err);
    const char *name;
    json_t *value;
    json_object_foreach(subnet->auxiliary, name, value)
    {
        uint32_t address;
        if (r == 0)
            r = ipam_address_parse(json_string_value(value) ? json_string_value(value) : "", &address, err);
        if (r == 0)
            r = ipam_take(&ipam, address, err);
    }
    if (r == 0 && *subnet->gateway) {
        r = ipam_address_parse(subnet->gateway, &network->gateway, err);
        if (r == 0)
            r = ipam_take(&ipam, network->gateway, err);
    } else if (r == 0) {
        r = ipam_take_next(&ipam, &network->gateway, err);
    }
    network->ipam = ipam;
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
    int r = open_pool(network, err);
    if (r == 0 && network->definition.driver != DRIVER_BRIDGE)
        r = error_set(err, EOPNOTSUPP, "operation not supported");
    if (r == 0)
        r = bridge_network_up(network, steps, err);
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
    if (rules_remove(network, steps, &err) < 0)
        log_warn("remove the rules of %s: %s", network->link, err.message);
    if (network->definition.driver == DRIVER_BRIDGE && *network->link &&
        link_delete(&network->set->route, steps, network->link, &err) < 0 && err.code != ENODEV)
        log_warn("%s", err.message);
    network->up = false;
}

void network_free(struct network *network)
{
    forget_attachments(network);
    ipam_clear(&network->ipam);
    strv_free(network->found);
    definition_clear(&network->definition);
    free(network);
}

/* --- describing --- */

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
