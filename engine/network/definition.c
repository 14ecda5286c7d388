/* Reading and writing the document that defines a network. */
#include "network/definition.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MTU_DEFAULT = 1500, MTU_LEAST = 68, MTU_MOST = 65535 };

#define BRIDGE_OPTION "com.docker.network.bridge."

static const char *const driver_names[] = {
    [DRIVER_BRIDGE] = "bridge",   [DRIVER_HOST] = "host",     [DRIVER_NULL] = "null",
    [DRIVER_MACVLAN] = "macvlan", [DRIVER_IPVLAN] = "ipvlan",
};

const char *network_driver_name(enum network_driver driver) { return driver_names[driver]; }

/* dev_valid_name() in the kernel, and no '+' or '%': iptables and the kernel read them as wildcards. */
int definition_check_link(const char *name, struct error *err)
{
    bool valid = *name && strlen(name) < 16 && !str_equal(name, ".") && !str_equal(name, "..");
    for (const char *p = name; *p; p++)
        valid = valid && isgraph((unsigned char)*p) && !strchr("/:%+\"'", *p);
    return valid ? 0 : error_set(err, EINVAL, "invalid bridge name \"%s\": wanted 1 to 15 letters, digits, '-', '_' or '.'", name);
}

/* --- options of the drivers --- */

static int option_flag(const char *key, const char *value, bool *out, struct error *err)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"}, *const no[] = {"0",     "f",     "F",
                                                                                             "false", "FALSE", "False"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (str_equal(value, yes[i]) || str_equal(value, no[i])) {
            *out = str_equal(value, yes[i]);
            return 0;
        }
    }
    return error_set(err, EINVAL, "failed to parse %s value: \"%s\" is neither true nor false", key, value);
}

static int option_mtu(const char *key, const char *value, int *out, struct error *err)
{
    long long number;
    if (!str_to_int(value, &number) || number < 0 || (number && (number < MTU_LEAST || number > MTU_MOST)))
        return error_set(err, EINVAL, "failed to parse %s value: \"%s\" is no MTU between %d and %d", key, value, MTU_LEAST,
                         MTU_MOST);
    *out = number ? (int)number : MTU_DEFAULT;
    return 0;
}

static int option_address(const char *key, const char *value, char out[46], struct error *err)
{
    unsigned char binary[16];
    if (inet_pton(AF_INET, value, binary) != 1 && inet_pton(AF_INET6, value, binary) != 1)
        return error_set(err, EINVAL, "failed to parse %s value: \"%s\" is no IP address", key, value);
    snprintf(out, 46, "%s", value);
    return 0;
}

static int option_link(const char *value, char out[16], struct error *err)
{
    int r = *value ? definition_check_link(value, err) : 0;
    if (r == 0)
        snprintf(out, 16, "%.15s", value);
    return r;
}

static bool is_bridge_option(const struct definition *definition, const char *key, const char *name)
{
    return definition->driver == DRIVER_BRIDGE && str_starts(key, BRIDGE_OPTION) && str_equal(key + strlen(BRIDGE_OPTION), name);
}

/* Docker keeps what it does not know, for whoever may; so is it here. */
static int read_option(struct definition *definition, const char *key, const char *value, struct error *err)
{
    bool lan = definition->driver == DRIVER_MACVLAN || definition->driver == DRIVER_IPVLAN;
    if (is_bridge_option(definition, key, "name"))
        return option_link(value, definition->bridge, err);
    if (is_bridge_option(definition, key, "enable_icc"))
        return option_flag(key, value, &definition->icc, err);
    if (is_bridge_option(definition, key, "enable_ip_masquerade"))
        return option_flag(key, value, &definition->masquerade, err);
    if (is_bridge_option(definition, key, "inhibit_ipv4"))
        return option_flag(key, value, &definition->inhibit_ipv4, err);
    if (is_bridge_option(definition, key, "host_binding_ipv4"))
        return option_address(key, value, definition->host_address, err);
    if (str_equal(key, "com.docker.network.driver.mtu"))
        return option_mtu(key, value, &definition->mtu, err);
    if (lan && str_equal(key, "parent"))
        return option_link(value, definition->parent, err);
    if (lan && (str_equal(key, "macvlan_mode") || str_equal(key, "ipvlan_mode")))
        snprintf(definition->mode, sizeof definition->mode, "%s", value);
    return 0;
}

static int read_options(struct definition *definition, struct error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(definition->options, key, value)
    {
        if (!json_is_string(value))
            return error_set(err, EINVAL, "option %s of network %s is no text", key, definition->name);
        int r = read_option(definition, key, json_string_value(value), err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* --- address management --- */

static int read_subnet(const json_t *entry, struct subnet_definition *out, struct error *err)
{
    const struct {
        const char *key;
        char *text;
    } fields[] = {{"Subnet", out->subnet}, {"IPRange", out->range}, {"Gateway", out->gateway}};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const char *text = json_str(entry, fields[i].key, "");
        if (strlen(text) >= sizeof out->subnet)
            return error_set(err, EINVAL, "invalid %s: %.80s", fields[i].key, text);
        snprintf(fields[i].text, sizeof out->subnet, "%s", text);
    }
    json_t *auxiliary = json_object_get(entry, "AuxiliaryAddresses");
    if (!json_is_object(auxiliary))
        auxiliary = json_object_get(entry, "AuxAddress");
    if (json_object_size(auxiliary))
        out->auxiliary = json_deep_copy(auxiliary);
    return 0;
}

static int read_ipam(const json_t *document, struct definition *definition, struct error *err)
{
    const json_t *ipam = json_object_get(document, "IPAM"), *list = json_object_get(ipam, "Config"), *entry;
    const char *driver = json_str(ipam, "Driver", "default");
    size_t i;
    if (*driver && !str_equal(driver, "default"))
        return error_set(err, EINVAL,
                         "could not find an available, non-overlapping IPv4 address pool: IPAM driver \"%s\" is unknown", driver);
    definition->subnets = xcalloc(json_array_size(list) + 1, sizeof *definition->subnets);
    json_array_foreach(list, i, entry)
    {
        int r = read_subnet(entry, &definition->subnets[definition->subnet_count++], err);
        if (r < 0)
            return r;
    }
    json_t *options = json_object_get(ipam, "Options");
    definition->ipam_options = json_is_object(options) ? json_deep_copy(options) : NULL;
    return 0;
}

/* --- the whole --- */

static int read_driver(const char *name, struct definition *definition, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(driver_names); i++) {
        if (str_equal(name, driver_names[i])) {
            definition->driver = (enum network_driver)i;
            return 0;
        }
    }
    return error_set(err, ENOENT, "plugin \"%s\" not found", name);
}

static json_t *object_copy(const json_t *document, const char *key)
{
    json_t *value = json_object_get(document, key);
    return json_is_object(value) ? json_deep_copy(value) : json_object();
}

/* What belongs to swarm, or to networks that only hold settings for it. */
static int refuse_swarm(const json_t *document, struct error *err)
{
    static const struct {
        const char *key, *flag;
    } refused[] = {{"Ingress", "--ingress"}, {"ConfigOnly", "--config-only"}, {"ConfigFrom", "--config-from"}};
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        const json_t *value = json_object_get(document, refused[i].key);
        if (json_is_true(value) || *json_str(value, "Network", ""))
            return error_set(err, EINVAL, "%s needs swarm, which this engine does not have", refused[i].flag);
    }
    const char *scope = json_str(document, "Scope", "");
    if (*scope && !str_equal(scope, "local"))
        return error_set(err, EINVAL, "scope \"%s\" needs swarm, which this engine does not have", scope);
    return 0;
}

int definition_parse(const json_t *document, struct definition *definition, struct error *err)
{
    if (refuse_swarm(document, err) < 0)
        return -EINVAL;
    if (json_is_false(json_object_get(document, "EnableIPv4")))
        return error_set(err, EINVAL, "a network without IPv4 (--ipv4=false) is not supported");
    *definition = (struct definition){.mtu = MTU_DEFAULT, .icc = true, .masquerade = true, .host_address = "0.0.0.0"};
    definition->name = xstrdup(json_str(document, "Name", ""));
    definition->internal = json_flag(document, "Internal", false);
    definition->attachable = json_flag(document, "Attachable", false);
    definition->ipv6 = json_flag(document, "EnableIPv6", false);
    definition->own_subnet = json_flag(document, "SlipwayOwnSubnet", false);
    definition->made_parent = json_flag(document, "SlipwayMadeParent", false);
    definition->options = object_copy(document, "Options");
    definition->labels = object_copy(document, "Labels");
    snprintf(definition->id, sizeof definition->id, "%s", json_str(document, "Id", ""));
    snprintf(definition->created, sizeof definition->created, "%s", json_str(document, "Created", ""));
    int r = read_driver(str_or(json_str(document, "Driver", "bridge"), "bridge"), definition, err);
    if (r == 0)
        r = read_ipam(document, definition, err);
    if (r == 0)
        r = read_options(definition, err);
    if (r < 0)
        definition_clear(definition);
    return r;
}

struct subnet_definition *definition_subnet(const struct definition *definition, bool v6)
{
    for (size_t i = 0; i < definition->subnet_count; i++) {
        struct subnet_definition *subnet = &definition->subnets[i];
        const char *telling = *subnet->subnet ? subnet->subnet : *subnet->gateway ? subnet->gateway : subnet->range;
        if ((strchr(telling, ':') != NULL) == v6)
            return subnet;
    }
    return NULL;
}

struct subnet_definition *definition_add_subnet(struct definition *definition, bool v6)
{
    size_t count = definition->subnet_count++, at = v6 ? count : 0;
    definition->subnets = xrealloc(definition->subnets, (count + 1) * sizeof *definition->subnets);
    memmove(definition->subnets + at + 1, definition->subnets + at, (count - at) * sizeof *definition->subnets);
    definition->subnets[at] = (struct subnet_definition){0};
    return &definition->subnets[at];
}

void definition_clear(struct definition *definition)
{
    for (size_t i = 0; i < definition->subnet_count; i++)
        json_decref(definition->subnets[i].auxiliary);
    free(definition->subnets);
    free(definition->name);
    json_decref(definition->ipam_options);
    json_decref(definition->options);
    json_decref(definition->labels);
    *definition = (struct definition){0};
}

static json_t *subnet_json(const struct subnet_definition *subnet)
{
    json_t *doc = json_pack("{s:s}", "Subnet", subnet->subnet);
    if (*subnet->range)
        json_object_set_new(doc, "IPRange", json_string(subnet->range));
    if (*subnet->gateway)
        json_object_set_new(doc, "Gateway", json_string(subnet->gateway));
    if (subnet->auxiliary)
        json_object_set(doc, "AuxiliaryAddresses", subnet->auxiliary);
    return doc;
}

json_t *definition_json(const struct definition *definition)
{
    json_t *config = json_array();
    for (size_t i = 0; i < definition->subnet_count; i++)
        json_array_append_new(config, subnet_json(&definition->subnets[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:{s:s, s:O?, s:o}, s:b, s:b, s:b, s:{s:s}, s:b, s:O, s:O}", "Name",
                     definition->name, "Id", definition->id, "Created", definition->created, "Scope", "local", "Driver",
                     network_driver_name(definition->driver), "EnableIPv6", definition->ipv6, "IPAM", "Driver", "default",
                     "Options", definition->ipam_options, "Config", config, "Internal", definition->internal, "Attachable",
                     definition->attachable, "Ingress", 0, "ConfigFrom", "Network", "", "ConfigOnly", 0, "Options",
                     definition->options, "Labels", definition->labels);
}
