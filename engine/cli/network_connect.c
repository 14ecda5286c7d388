/* network connect and disconnect: a container that has been made already joins a network, or leaves it. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>
#include <string.h>

struct options {
    char **alias, **driver_opt, **link, **link_local_ip;
    const char *ip, *ip6;
    long long priority;
    bool force;
};

#define AT(member) offsetof(struct options, member)

/* Docker's client looks at names before it asks. */
static int check_names(char **operands)
{
    if (!*str_trim(operands[0]))
        return fprintf(stderr, "invalid network name or ID: value is empty\n"), 1;
    if (!*str_trim(operands[1]))
        return fprintf(stderr, "invalid container name or ID: value is empty\n"), 1;
    return 0;
}

/* POST /networks/NETWORK/<action> with a body that names the container; takes `body`. */
static int post(const struct command_context *context, char **operands, const char *action, json_t *body)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *owned = body;
    cleanup_free char *path = cli_path("/networks/", operands[0], action);
    cleanup_client struct client *client = client_new(context->host);
    return client_call(client, "POST", path, owned, NULL, &err) < 0 ? cli_failed(&err) : 0;
}

/* "a,b" are two. */
static json_t *each(char *const *given)
{
    json_t *all = json_array();
    for (; given && *given; given++) {
        cleanup_strv char **parts = str_split(*given, ',');
        for (char **part = parts; *part; part++)
            json_array_append_new(all, json_string(*part));
    }
    return all;
}

/* NULL after having said what is wrong. */
static json_t *driver_options(char *const *given)
{
    cleanup_json json_t *all = each(given);
    json_t *options = json_object(), *one;
    size_t i;
    json_array_foreach(all, i, one)
    {
        const char *text = json_string_value(one), *equals = strchr(text, '=');
        if (!equals || equals == text) {
            fprintf(stderr, "invalid key/value pair format in driver options\n");
            json_decref(options);
            return NULL;
        }
        cleanup_free char *key = xstrndup(text, (size_t)(equals - text));
        json_object_set_new(options, str_trim(key), json_string(equals + 1));
    }
    return options;
}

static json_t *endpoint(const struct options *options)
{
    json_t *drivers = driver_options(options->driver_opt);
    if (!drivers)
        return NULL;
    json_t *addresses = json_object();
    if (options->ip)
        json_object_set_new(addresses, "IPv4Address", json_string(options->ip));
    if (options->ip6)
        json_object_set_new(addresses, "IPv6Address", json_string(options->ip6));
    if (options->link_local_ip)
        json_object_set_new(addresses, "LinkLocalIPs", each(options->link_local_ip));
    return json_pack("{s:o, s:o, s:o?, s:o, s:I}", "IPAMConfig", addresses, "Aliases", each(options->alias), "Links",
                     options->link ? json_from_strv(options->link) : NULL, "DriverOpts", drivers, "GwPriority",
                     (json_int_t)options->priority);
}

static bool link_valid(const char *text)
{
    const char *colon = strchr(text, ':');
    return *text && !(colon && strchr(colon + 1, ':'));
}

int cmd_network_connect(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {0, "alias", FLAG_LIST, AT(alias), "strings", "Further names on the network"},
        {0, "driver-opt", FLAG_LIST, AT(driver_opt), "strings", "Options for the network's driver"},
        {0, "gw-priority", FLAG_INT, AT(priority), NULL, "The network with the highest has the default route (default 0)"},
        {0, "ip", FLAG_STRING, AT(ip), NULL, "IPv4 address (172.30.100.104)"},
        {0, "ip6", FLAG_STRING, AT(ip6), NULL, "IPv6 address (2001:db8::33)"},
        {0, "link", FLAG_LIST, AT(link), NULL, "Another container under a name of its own (CONTAINER:NAME)"},
        {0, "link-local-ip", FLAG_LIST, AT(link_local_ip), "strings", "Link-local address"},
        {0}};
    struct options options = {0};
    const char *command = argv[0];
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){2, 2, false}, &argc, &argv);
    cleanup_strv char **alias = options.alias, **driver = options.driver_opt, **link = options.link;
    cleanup_strv char **local = options.link_local_ip;
    (void)alias, (void)driver, (void)local;
    for (char **one = link; rc == CLI_GO && one && *one; one++)
        if (!link_valid(*one))
            rc =
                cli_bad_flag(context, command, "invalid argument \"%s\" for \"--link\" flag: bad format for links: %s", *one, *one);
    if (rc != CLI_GO || (rc = check_names(argv)))
        return rc;
    json_t *settings = endpoint(&options);
    return !settings ? 1
                     : post(context, argv, "/connect", json_pack("{s:s, s:o}", "Container", argv[1], "EndpointConfig", settings));
}

int cmd_network_disconnect(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'f', "force", FLAG_BOOL, AT(force), NULL, "Even when the container's end of it cannot be taken away"}, {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){2, 2, false}, &argc, &argv);
    if (rc != CLI_GO || (rc = check_names(argv)))
        return rc;
    return post(context, argv, "/disconnect", json_pack("{s:s, s:b}", "Container", argv[1], "Force", options.force));
}
