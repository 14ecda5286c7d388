/* network create: options to the body of the request. Which gateway, range and address belongs to which subnet is found out here,
 * as Docker's client does; whether they are free is the engine's to say. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct options {
    char **aux_address, **gateway, **ip_range, **ipam_opt, **label, **opt, **subnet;
    const char *config_from, *driver, *ipam_driver, *scope;
    bool attachable, config_only, ingress, internal, ipv4, ipv6;
};

#define AT(member) offsetof(struct options, member)

enum { ROW_IPV4 = 9, ROW_IPV6 = 10 };
static const struct flag FLAGS[] = {
    {0, "attachable", FLAG_BOOL, AT(attachable), NULL, "Containers may be connected by hand (always so here)"},
    {0, "aux-address", FLAG_LIST, AT(aux_address), "map", "Addresses that are not given to containers (NAME=ADDRESS)"},
    {0, "config-from", FLAG_STRING, AT(config_from), NULL, "Network to copy the settings from (swarm)"},
    {0, "config-only", FLAG_BOOL, AT(config_only), NULL, "Make a network of settings only (swarm)"},
    {'d', "driver", FLAG_STRING, AT(driver), NULL, "Kind of network: bridge, macvlan, ipvlan (default \"bridge\")"},
    {0, "gateway", FLAG_LIST, AT(gateway), "strings", "Address of the way out, one for a subnet"},
    {0, "ingress", FLAG_BOOL, AT(ingress), NULL, "Make the network of the routing mesh (swarm)"},
    {0, "internal", FLAG_BOOL, AT(internal), NULL, "No way out of the network"},
    {0, "ip-range", FLAG_LIST, AT(ip_range), "strings", "Part of a subnet that containers' addresses are taken from"},
    {0, "ipv4", FLAG_BOOL, AT(ipv4), NULL, "IPv4 addresses for containers (default true)"},
    {0, "ipv6", FLAG_BOOL, AT(ipv6), NULL, "IPv6 addresses for containers"},
    {0, "ipam-driver", FLAG_STRING, AT(ipam_driver), NULL, "What gives out addresses (default \"default\")"},
    {0, "ipam-opt", FLAG_LIST, AT(ipam_opt), "map", "Options for what gives out addresses"},
    {0, "label", FLAG_LIST, AT(label), NULL, "Labels"},
    {'o', "opt", FLAG_LIST, AT(opt), "map", "Options of the driver (com.docker.network.driver.mtu=1400, ...)"},
    {0, "scope", FLAG_STRING, AT(scope), NULL, "Where the network reaches: local"},
    {0, "subnet", FLAG_LIST, AT(subnet), "strings", "Subnet as ADDRESS/BITS"},
    {0}};

/* --- subnets --- */

struct prefix {
    int family, bits;
    unsigned char bytes[16];
};

static bool parse_address(const char *text, struct prefix *out)
{
    out->family = strchr(text, ':') ? AF_INET6 : AF_INET;
    out->bits = out->family == AF_INET ? 32 : 128;
    return inet_pton(out->family, text, out->bytes) == 1;
}

static bool parse_prefix(const char *text, struct prefix *out)
{
    long long bits;
    const char *slash = strchr(text, '/');
    cleanup_free char *address = xstrndup(text, strcspn(text, "/"));
    if (!slash || !parse_address(address, out) || !str_to_int(slash + 1, &bits) || bits < 0 || bits > out->bits)
        return false;
    out->bits = (int)bits;
    return true;
}

/* Whether an address, or the first one of a range, lies within a subnet. What is no address does not. */
static int lies_in(const char *subnet, const char *text, struct error *err)
{
    struct prefix outer, inner;
    if (!parse_prefix(subnet, &outer))
        return error_set(err, E2BIG, "invalid subnet: invalid CIDR address: %s", subnet);
    if (strchr(text, '/') && !parse_prefix(text, &inner))
        return error_set(err, E2BIG, "invalid CIDR address: %s", text);
    if ((!strchr(text, '/') && !parse_address(text, &inner)) || inner.family != outer.family)
        return false;
    for (int bit = 0; bit < outer.bits; bit++)
        if (((outer.bytes[bit / 8] ^ inner.bytes[bit / 8]) >> (7 - bit % 8)) & 1)
            return false;
    return true;
}

/* The entry whose subnet holds `text`; -ENOENT when there is none. */
static int entry_for(const json_t *config, const char *text, const char *what, json_t **out, struct error *err)
{
    size_t i;
    json_t *entry;
    json_array_foreach(config, i, entry)
    {
        int inside = lies_in(json_str(entry, "Subnet", ""), text, err);
        if (inside < 0)
            return inside;
        if (inside) {
            *out = entry;
            return 0;
        }
    }
    return error_set(err, ENOENT, "no matching subnet for %s %s", what, text);
}

/* --- the configuration of addresses --- */

/* "a,b" are two, as with every flag of "strings" in Docker's help. */
static char **each(char *const *given)
{
    char **all = NULL;
    for (; given && *given; given++) {
        cleanup_strv char **parts = str_split(*given, ',');
        for (char **part = parts; *part; part++)
            strv_add(&all, *part);
    }
    return all;
}

static int add_subnets(json_t *config, char *const *subnets, struct error *err)
{
    for (; subnets && *subnets; subnets++) {
        size_t i;
        json_t *entry;
        json_array_foreach(config, i, entry)
        {
            const char *other = json_str(entry, "Subnet", "");
            int one = lies_in(*subnets, other, err), two = one < 0 ? one : lies_in(other, *subnets, err);
            if (two < 0)
                return two;
            if (one || two)
                return error_set(err, E2BIG, "multiple overlapping subnet configuration is not supported");
        }
        json_array_append_new(config, json_pack("{s:s}", "Subnet", *subnets));
    }
    return 0;
}

/* One of each kind in a subnet at most. */
static int add_texts(json_t *config, char *const *texts, const char *key, const char *what, const char *sentence, struct error *err)
{
    for (; texts && *texts; texts++) {
        json_t *entry = NULL;
        struct prefix unused;
        if (str_equal(key, "IPRange") && !parse_prefix(*texts, &unused))
            return error_set(err, E2BIG, "invalid CIDR address: %s", *texts);
        int rc = entry_for(config, *texts, what, &entry, err);
        if (rc < 0)
            return rc;
        const char *other = json_str(entry, key, "");
        if (*other)
            return error_set(err, E2BIG, "cannot configure multiple %ss (%s, %s) %s (%s)", sentence, *texts, other,
                             str_equal(key, "IPRange") ? "on the same subnet" : "for the same subnet",
                             json_str(entry, "Subnet", ""));
        json_object_set_new(entry, key, json_string(*texts));
    }
    return 0;
}

static int add_auxiliary(json_t *config, char *const *given, struct error *err)
{
    cleanup_json json_t *pairs = cli_pairs(given);
    const char *name;
    json_t *value;
    json_object_foreach(pairs, name, value)
    {
        json_t *entry = NULL;
        int rc = entry_for(config, json_string_value(value), "aux-address", &entry, err);
        if (rc < 0)
            return rc;
        if (!json_object_get(entry, "AuxiliaryAddresses"))
            json_object_set_new(entry, "AuxiliaryAddresses", json_object());
        json_object_set(json_object_get(entry, "AuxiliaryAddresses"), name, value);
    }
    return 0;
}

static json_t *address_config(const struct options *options, struct error *err)
{
    cleanup_strv char **subnets = each(options->subnet), **ranges = each(options->ip_range), **gateways = each(options->gateway);
    json_t *config = json_array();
    int rc = 0;
    if (strv_len(subnets) < strv_len(ranges) || strv_len(subnets) < strv_len(gateways))
        rc = error_set(err, E2BIG, "every ip-range or gateway must have a corresponding subnet");
    if (rc == 0)
        rc = add_subnets(config, subnets, err);
    if (rc == 0)
        rc = add_texts(config, ranges, "IPRange", "range", "range", err);
    if (rc == 0)
        rc = add_texts(config, gateways, "Gateway", "gateway", "gateway", err);
    if (rc == 0)
        rc = add_auxiliary(config, options->aux_address, err);
    if (rc == 0)
        return config;
    json_decref(config);
    return NULL;
}

/* --- the request --- */

static json_t *request_body(const struct options *options, const bool *seen, const char *name, json_t *config)
{
    json_t *body = json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:n, s:b, s:{s:s, s:o, s:O}, s:o, s:o}", "Name", name, "Driver",
                             options->driver ? options->driver : "bridge", "Scope", str_or(options->scope, ""), "CheckDuplicate", 1,
                             "Internal", options->internal, "Attachable", options->attachable, "Ingress", options->ingress,
                             "ConfigFrom", "ConfigOnly", options->config_only, "IPAM", "Driver",
                             options->ipam_driver ? options->ipam_driver : "default", "Options", cli_pairs(options->ipam_opt),
                             "Config", config, "Options", cli_pairs(options->opt), "Labels", cli_pairs(options->label));
    if (seen[ROW_IPV4])
        json_object_set_new(body, "EnableIPv4", json_boolean(options->ipv4));
    if (seen[ROW_IPV6])
        json_object_set_new(body, "EnableIPv6", json_boolean(options->ipv6));
    if (!str_empty(options->config_from))
        json_object_set_new(body, "ConfigFrom", json_pack("{s:s}", "Network", options->config_from));
    return body;
}

static int make(const struct command_context *context, const struct options *options, const bool *seen, const char *name)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *config = address_config(options, &err);
    if (!config) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    cleanup_json json_t *body = request_body(options, seen, name, config), *answer = NULL;
    cleanup_client struct client *client = client_new(context->host);
    if (client_call(client, "POST", "/networks/create", body, &answer, &err) < 0)
        return cli_failed(&err);
    const char *warning = json_str(answer, "Warning", "");
    if (*warning)
        fprintf(stderr, "WARNING: %s\n", warning);
    puts(json_str(answer, "Id", ""));
    return 0;
}

static void clear(struct options *options)
{
    char **const lists[] = {options->aux_address, options->gateway, options->ip_range, options->ipam_opt,
                            options->label,       options->opt,     options->subnet};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        strv_free(lists[i]);
}

int cmd_network_create(const struct command_context *context, int argc, char **argv)
{
    _Static_assert(ARRAY_LEN(FLAGS) == 18, "ROW_IPV4 and ROW_IPV6 count rows");
    struct options options = {0};
    bool seen[ARRAY_LEN(FLAGS)] = {0};
    const char *command = argv[0];
    int rc = cli_parse(context, FLAGS, &options, seen, (struct cli_operands){1, 1, false}, &argc, &argv);
    for (char **label = options.label; rc == CLI_GO && label && *label; label++)
        if (!**label || **label == '=')
            rc = cli_bad_flag(context, command, "invalid argument \"%s\" for \"--label\" flag: invalid label '%s': empty name",
                              *label, *label);
    if (rc == CLI_GO)
        rc = make(context, &options, seen, argv[0]);
    clear(&options);
    return rc;
}
