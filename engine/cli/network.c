/* network ls and rm. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

struct options {
    char **filter;
    const char *format;
    bool no_trunc, quiet, force;
};

#define AT(member) offsetof(struct options, member)

static const struct format_header HEADERS[] = {
    {"ID", "NETWORK ID"}, {"Name", "NAME"},         {"Driver", "DRIVER"}, {"Scope", "SCOPE"},          {"IPv4", "IPV4"},
    {"IPv6", "IPV6"},     {"Internal", "INTERNAL"}, {"Labels", "LABELS"}, {"CreatedAt", "CREATED AT"}, {NULL, NULL}};

/* "2026-11-21T14:19:20.245Z" as Go prints a time: "2026-11-21 14:19:20.245 +0000 UTC". */
static char *go_time(const char *text)
{
    int date = (int)strcspn(text, "T"), time = (int)strcspn(text, "Z") - date - 1;
    return time < 0 ? xstrdup(text) : str_format("%.*s %.*s +0000 UTC", date, text, time, text + date + 1);
}

static json_t *row(json_t *network, bool full)
{
    const char *whole = json_str(network, "Id", "");
    cleanup_free char *id = full ? xstrdup(whole) : cli_short_id(whole);
    cleanup_free char *text = cli_labels(json_object_get(network, "Labels"));
    json_t *labels = json_object_get(network, "Labels");
    cleanup_free char *created = go_time(json_str(network, "Created", ""));
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:O}", "CreatedAt", created, "Driver", json_str(network, "Driver", ""),
                     "ID", id, "IPv4", json_flag(network, "EnableIPv4", false) ? "true" : "false", "IPv6",
                     json_flag(network, "EnableIPv6", false) ? "true" : "false", "Internal",
                     json_flag(network, "Internal", false) ? "true" : "false", "Labels", text, "Name",
                     json_str(network, "Name", ""), "Scope", json_str(network, "Scope", ""), "#labels",
                     labels ? labels : json_null());
}

int cmd_network_ls(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'f', "filter", FLAG_LIST, AT(filter), "filter", "Show only what matches (driver=..., name=...)"},
        {0, "format", FLAG_STRING, AT(format), NULL, "'table', 'table TEMPLATE', 'json' or a Go template for each row"},
        {0, "no-trunc", FLAG_BOOL, AT(no_trunc), NULL, "Do not shorten anything"},
        {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Print network IDs only"},
        {0}};
    struct options options = {0};
    const char *name = argv[0];
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
    cleanup_strv char **filter = options.filter;
    cleanup_buf struct buf path = BUF_INIT;
    if (rc != CLI_GO)
        return rc;
    if ((rc = cli_filtered_path(context, name, "/networks", filter, &path)) != CLI_GO)
        return rc;
    const struct format format = {.type = "*network.networkContext",
                                  .table = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
                                  .quiet = "{{.ID}}",
                                  .raw = "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n",
                                  .raw_quiet = "network_id: {{.ID}}",
                                  .headers = HEADERS,
                                  .labels = "#labels",
                                  .style = options.format,
                                  .quiet_only = options.quiet};
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *answer = cli_get(client, path.data, &err), *rows = json_array();
    if (!answer)
        return cli_failed(&err);
    cleanup_json json_t *sorted = cli_sorted(answer, cli_by_name);
    size_t i;
    json_t *network;
    json_array_foreach(sorted, i, network) { json_array_append_new(rows, row(network, options.no_trunc)); }
    return cli_show_rows(&format, rows);
}

int cmd_network_rm(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'f', "force", FLAG_BOOL, AT(force), NULL, "A network that is not there is no error"}, {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    cleanup_client struct client *client = client_new(context->host);
    for (rc = 0; *argv; argv++) {
        struct error err = ERROR_INIT;
        cleanup_free char *path = cli_path("/networks/", *argv, "");
        int r = **argv ? client_call(client, "DELETE", path, NULL, NULL, &err)
                       : error_set(&err, ESRCH, "invalid network name or ID: value is empty");
        if (r >= 0) {
            puts(*argv);
        } else if (r != -ENOENT || !options.force) {
            rc = cli_failed(&err);
            if (r == -ECONNREFUSED)
                break;
        }
    }
    if (rc)
        fprintf(stderr, "exit status %d\n", rc);
    return rc;
}
