/* --network in both of its forms, and what goes with it: --ip, --ip6, --link-local-ip, --mac-address, --network-alias, --link. */
#include "cli/cli.h"
#include "cli/run_options.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* One network to attach to. */
struct attachment {
    char *name, *ip, *ip6, *mac;
    char **aliases, **links, **link_local;
    json_t *driver_options;
    long long priority; /* for the default route */
};

static void attachment_clear(struct attachment *attachment)
{
    free(attachment->name);
    free(attachment->ip);
    free(attachment->ip6);
    free(attachment->mac);
    strv_free(attachment->aliases);
    strv_free(attachment->links);
    strv_free(attachment->link_local);
    json_decref(attachment->driver_options);
}

/* "02:42:ac:11:00:02", also with dashes. */
static bool is_mac(const char *text)
{
    for (int i = 0; i < 6; i++, text += 3)
        if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]) ||
            (i < 5 ? !strchr(":-", text[2]) || !text[2] : text[2]))
            return false;
    return true;
}

static bool user_defined(const char *name)
{
    static const char *const others[] = {"default", "bridge", "host", "none"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (str_equal(others[i], name))
            return false;
    return !str_starts(name, "container:");
}

/* "name=value": the long form; anything else is a network's name. */
static bool is_long(const char *text)
{
    for (const char *equals = strchr(text, '='); equals; equals = strchr(equals + 1, '='))
        if (equals > text && (isalnum((unsigned char)equals[-1]) || equals[-1] == '_') &&
            (isalnum((unsigned char)equals[1]) || equals[1] == '_'))
            return true;
    return false;
}

static bool set_field(struct run_request *request, const char *flag, struct attachment *out, const char *key, const char *value)
{
    const struct {
        const char *key;
        char **one, ***many;
    } fields[] = {{"name", &out->name, NULL},       {"ip", &out->ip, NULL},         {"ip6", &out->ip6, NULL},
                  {"mac-address", &out->mac, NULL}, {"alias", NULL, &out->aliases}, {"link-local-ip", NULL, &out->link_local}};
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (!str_equal(fields[i].key, key))
            continue;
        if (fields[i].many)
            strv_add(fields[i].many, value);
        else {
            free(*fields[i].one);
            *fields[i].one = xstrdup(value);
        }
        return true;
    }
    if (str_equal(key, "gw-priority") && !str_to_int(value, &out->priority))
        return run_bad(request, "network", flag, "invalid gw-priority (%s): invalid syntax", value);
    if (str_equal(key, "gw-priority"))
        return true;
    if (!str_equal(key, "driver-opt"))
        return run_bad(request, "network", flag, "invalid field key %s", key);
    const char *equals = strchr(value, '=');
    if (!equals || equals == value)
        return run_bad(request, "network", flag, "invalid key value pair format in driver options");
    cleanup_free char *name = xstrndup(value, (size_t)(equals - value));
    if (!out->driver_options)
        out->driver_options = json_object();
    json_object_set_new(out->driver_options, name, json_string(equals + 1));
    return true;
}

static bool parse(struct run_request *request, const char *text, struct attachment *out)
{
    if (!is_long(text)) {
        out->name = xstrdup(text);
        return true;
    }
    cleanup_strv char **fields = str_split(text, ',');
    for (size_t i = 0; fields[i]; i++) {
        cleanup_free char *field = str_lower(fields[i]);
        char *equals = strchr(field, '=');
        if (!equals || equals == field)
            return run_bad(request, "network", text, "invalid field %s", fields[i]);
        *equals = '\0';
        if (!set_field(request, text, out, str_trim(field), str_trim(equals + 1)))
            return false;
    }
    if (str_empty(out->name))
        return run_bad(request, "network", text, "network name/id is not specified");
    if (out->mac && !is_mac(out->mac))
        return run_bad(request, "network", text, "%s is not a valid mac address", out->mac);
    return true;
}

static bool conflict(struct run_request *request, const char *flag, const char *what)
{
    return run_refuse(request, "conflicting options: cannot specify both %s and per-network %s", flag, what);
}

/* The flags of one network belong to the first. */
static bool add_flags(struct run_request *request, struct attachment *first)
{
    const struct run_options *options = request->options;
    if (first->aliases && options->network_alias)
        return conflict(request, "--network-alias", "alias");
    if (first->ip && options->ip)
        return conflict(request, "--ip", "IPv4 address");
    if (first->ip6 && options->ip6)
        return conflict(request, "--ip6", "IPv6 address");
    if (first->mac && options->mac_address)
        return conflict(request, "--mac-address", "MAC address");
    if (first->link_local && options->link_local_ip)
        return conflict(request, "--link-local-ip", "link-local IP addresses");
    if (options->network_alias)
        first->aliases = strv_copy(options->network_alias);
    if (options->link && user_defined(first->name))
        first->links = strv_copy(options->link);
    if (options->ip)
        first->ip = xstrdup(options->ip);
    if (options->ip6)
        first->ip6 = xstrdup(options->ip6);
    if (options->mac_address)
        first->mac = xstrdup(options->mac_address);
    if (options->link_local_ip)
        first->link_local = strv_copy(options->link_local_ip);
    if (first->mac && !is_mac(first->mac))
        return run_refuse(request, "%s is not a valid mac address", first->mac);
    return true;
}

static json_t *endpoint(const struct attachment *attachment)
{
    json_t *out = json_object();
    if (attachment->aliases)
        json_object_set_new(out, "Aliases", json_from_strv(attachment->aliases));
    if (attachment->links)
        json_object_set_new(out, "Links", json_from_strv(attachment->links));
    if (attachment->driver_options)
        json_object_set(out, "DriverOpts", attachment->driver_options);
    if (attachment->priority)
        json_object_set_new(out, "GwPriority", json_integer(attachment->priority));
    if (!attachment->ip && !attachment->ip6 && !attachment->link_local)
        return out;
    json_t *addresses = json_object();
    if (attachment->ip)
        json_object_set_new(addresses, "IPv4Address", json_string(attachment->ip));
    if (attachment->ip6)
        json_object_set_new(addresses, "IPv6Address", json_string(attachment->ip6));
    if (attachment->link_local)
        json_object_set_new(addresses, "LinkLocalIPs", json_from_strv(attachment->link_local));
    json_object_set_new(out, "IPAMConfig", addresses);
    return out;
}

static bool add_endpoint(struct run_request *request, json_t *endpoints, const struct attachment *attachment)
{
    bool named = user_defined(attachment->name);
    if (!*attachment->name)
        return run_refuse(request, "no name set for network");
    if (!named && attachment->aliases)
        return run_refuse(request, "network-scoped aliases are only supported for user-defined networks");
    if (json_object_get(endpoints, attachment->name))
        return run_refuse(request, "network \"%s\" is specified multiple times", attachment->name);
    json_object_set_new(endpoints, attachment->name, endpoint(attachment));
    return true;
}

/* The API that we speak knows a MAC address of the container, not of an endpoint. */
static bool finish(struct run_request *request, json_t *endpoints, const struct attachment *first, bool named, bool unnamed)
{
    if (named && unnamed)
        return run_refuse(request, "conflicting options: cannot attach both user-defined and non-user-defined network-modes");
    if (first->mac)
        json_object_set_new(request->config, "MacAddress", json_string(first->mac));
    json_object_set_new(request->host, "NetworkMode", json_string(first->name));
    if (json_object_size(endpoints) == 1 && json_object_size(json_object_get(endpoints, first->name)) == 0)
        return true;
    json_object_set_new(request->config, "NetworkingConfig", json_pack("{s:O}", "EndpointsConfig", endpoints));
    return true;
}

bool run_network(struct run_request *request)
{
    static char usual[] = "default";
    char *alone[] = {usual, NULL};
    char *const *texts = request->options->network ? request->options->network : alone;
    cleanup_json json_t *endpoints = json_object();
    struct attachment first = {0};
    bool fine = true, named = false, unnamed = false;
    for (size_t i = 0; fine && texts[i]; i++) {
        struct attachment attachment = {0};
        fine = parse(request, texts[i], &attachment) && (i > 0 || add_flags(request, &attachment)) &&
               add_endpoint(request, endpoints, &attachment);
        if (fine && user_defined(attachment.name))
            named = true;
        else
            unnamed = true;
        if (i == 0)
            first = attachment;
        else
            attachment_clear(&attachment);
    }
    fine = fine && finish(request, endpoints, &first, named, unnamed);
    attachment_clear(&first);
    return fine;
}
