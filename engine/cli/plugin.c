/* plugin: what an engine has of them; ours has none and refuses to get one, a real Docker may have some. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>
#include <string.h>

struct options {
    char **filter;
    const char *format, *alias;
    bool no_trunc, quiet, disable, yes, force;
    long long timeout;
};

#define AT(member) offsetof(struct options, member)

static const struct format_header HEADERS[] = {
    {"ID", "ID"}, {"Name", "NAME"}, {"Description", "DESCRIPTION"}, {"Enabled", "ENABLED"}, {"PluginReference", "PLUGIN REFERENCE"},
    {NULL, NULL}};

static json_t *row(const json_t *plugin, bool full)
{
    const char *whole = json_str(plugin, "Id", "");
    cleanup_free char *id = full ? xstrdup(whole) : cli_short_id(whole);
    return json_pack("{s:s, s:s, s:s, s:b, s:s}", "ID", id, "Name", json_str(plugin, "Name", ""), "Description",
                     json_str(plugin, "Config.Description", ""), "Enabled", json_flag(plugin, "Enabled", false), "PluginReference",
                     json_str(plugin, "PluginReference", ""));
}

int cmd_plugin_ls(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'f', "filter", FLAG_LIST, AT(filter), "filter", "Show only what matches (enabled=..., capability=...)"},
        {0, "format", FLAG_STRING, AT(format), NULL, "'table', 'table TEMPLATE', 'json' or a Go template for each row"},
        {0, "no-trunc", FLAG_BOOL, AT(no_trunc), NULL, "Do not shorten anything"},
        {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Print plugin IDs only"},
        {0}};
    struct options options = {0};
    const char *name = argv[0];
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
    cleanup_strv char **filter = options.filter;
    cleanup_buf struct buf path = BUF_INIT;
    if (rc != CLI_GO)
        return rc;
    if ((rc = cli_filtered_path(context, name, "/plugins", filter, &path)) != CLI_GO)
        return rc;
    const struct format format = {.type = "*plugin.pluginContext",
                                  .table = "{{.ID}}\t{{.Name}}\t{{.Description}}\t{{.Enabled}}",
                                  .quiet = "{{.ID}}",
                                  .headers = HEADERS,
                                  .style = options.format,
                                  .quiet_only = options.quiet};
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *answer = cli_get(client, path.data, &err), *rows = json_array();
    if (!answer)
        return cli_failed(&err);
    cleanup_json json_t *sorted = cli_sorted(answer, cli_by_name);
    size_t i;
    json_t *plugin;
    json_array_foreach(sorted, i, plugin) { json_array_append_new(rows, row(plugin, options.no_trunc)); }
    return cli_show_rows(&format, rows);
}

/* The engine decides, and says why not. */
int cmd_plugin_install(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {0, "alias", FLAG_STRING, AT(alias), NULL, "Name for the plugin here"},
        {0, "disable", FLAG_BOOL, AT(disable), NULL, "Do not enable the plugin when it is installed"},
        {0, "grant-all-permissions", FLAG_BOOL, AT(yes), NULL, "Grant what the plugin asks for"},
        {0}};
    struct options options = {0};
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_buf struct buf path = BUF_INIT;
    buf_puts(&path, "/plugins/pull");
    cli_query(&path, "remote", argv[0]);
    cli_query(&path, "name", options.alias ? options.alias : "");
    cleanup_json json_t *grants = json_array();
    return client_call(client, "POST", path.data, grants, NULL, &err) < 0 ? cli_failed(&err) : 0;
}

static int act(struct client *client, const char *method, const char *name, const char *suffix, struct error *err)
{
    cleanup_free char *path = cli_path("/plugins/", name, suffix);
    return client_call(client, method, path, NULL, NULL, err);
}

static int enable(struct client *client, const char *name, const void *options, struct error *err)
{
    const struct options *given = options;
    cleanup_free char *suffix = str_format("/enable?timeout=%lld", given->timeout);
    return act(client, "POST", name, suffix, err);
}

static int disable(struct client *client, const char *name, const void *options, struct error *err)
{
    const struct options *given = options;
    return act(client, "POST", name, given->force ? "/disable?force=1" : "/disable", err);
}

static int discard(struct client *client, const char *name, const void *options, struct error *err)
{
    const struct options *given = options;
    return act(client, "DELETE", name, given->force ? "?force=1" : "", err);
}

int cmd_plugin_enable(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{0, "timeout", FLAG_INT, AT(timeout), NULL, "Seconds to wait for the plugin"}, {0}};
    struct options options = {.timeout = 30};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    return rc != CLI_GO ? rc : cli_for_each(context, argv, enable, &options, true);
}

int cmd_plugin_disable(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'f', "force", FLAG_BOOL, AT(force), NULL, "Also a plugin that is in use"}, {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    return rc != CLI_GO ? rc : cli_for_each(context, argv, disable, &options, true);
}

int cmd_plugin_rm(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'f', "force", FLAG_BOOL, AT(force), NULL, "Also a plugin that is enabled"}, {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    return rc != CLI_GO ? rc : cli_for_each(context, argv, discard, &options, true);
}
