/* volume ls, create and rm. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>

struct options {
    char **filter, **label, **opt;
    const char *format, *driver, *name;
    bool quiet, force;
};

#define AT(member) offsetof(struct options, member)

static const struct format_header HEADERS[] = {
    {"Name", "VOLUME NAME"}, {"Driver", "DRIVER"}, {"Scope", "SCOPE"}, {"Mountpoint", "MOUNTPOINT"},
    {"Labels", "LABELS"},    {"Links", "LINKS"},   {"Size", "SIZE"},   {"Availability", "AVAILABILITY"},
    {"Group", "GROUP"},      {"Status", "STATUS"}, {NULL, NULL}};

static json_t *row(json_t *volume)
{
    cleanup_free char *text = cli_labels(json_object_get(volume, "Labels"));
    json_t *labels = json_object_get(volume, "Labels");
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:O}", "Availability", "N/A", "Driver",
                     json_str(volume, "Driver", ""), "Group", "N/A", "Labels", text, "Links", "N/A", "Mountpoint",
                     json_str(volume, "Mountpoint", ""), "Name", json_str(volume, "Name", ""), "Scope",
                     json_str(volume, "Scope", ""), "Size", "N/A", "Status", "N/A", "#labels", labels ? labels : json_null());
}

int cmd_volume_ls(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'f', "filter", FLAG_LIST, AT(filter), "filter", "Show only what matches (name=..., dangling=true)"},
        {0, "format", FLAG_STRING, AT(format), NULL, "'table', 'table TEMPLATE', 'json' or a Go template for each row"},
        {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Print names only"},
        {0}};
    struct options options = {0};
    const char *name = argv[0];
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
    cleanup_strv char **filter = options.filter;
    cleanup_buf struct buf path = BUF_INIT;
    if (rc != CLI_GO)
        return rc;
    if ((rc = cli_filtered_path(context, name, "/volumes", filter, &path)) != CLI_GO)
        return rc;
    const struct format format = {.type = "*formatter.volumeContext",
                                  .table = "{{.Driver}}\t{{.Name}}",
                                  .quiet = "{{.Name}}",
                                  .raw = "name: {{.Name}}\ndriver: {{.Driver}}\n",
                                  .raw_quiet = "name: {{.Name}}",
                                  .headers = HEADERS,
                                  .labels = "#labels",
                                  .style = options.format,
                                  .quiet_only = options.quiet};
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *answer = cli_get(client, path.data, &err), *rows = json_array();
    if (!answer)
        return cli_failed(&err);
    cleanup_json json_t *sorted = cli_sorted(json_object_get(answer, "Volumes"), cli_by_name);
    size_t i;
    json_t *volume;
    json_array_foreach(sorted, i, volume) { json_array_append_new(rows, row(volume)); }
    return cli_show_rows(&format, rows);
}

int cmd_volume_create(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'d', "driver", FLAG_STRING, AT(driver), NULL, "Volume driver (default \"local\")"},
                                        {0, "label", FLAG_LIST, AT(label), NULL, "Labels"},
                                        {0, "name", FLAG_STRING, AT(name), NULL, "Name of the volume"},
                                        {'o', "opt", FLAG_LIST, AT(opt), "map", "Options of the driver"},
                                        {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 1, false}, &argc, &argv);
    cleanup_strv char **label = options.label, **opt = options.opt;
    if (rc != CLI_GO)
        return rc;
    if (argc && options.name)
        return fprintf(stderr, "conflicting options: cannot specify a volume-name through both --name and as a positional arg\n"),
               1;
    const char *name = argc ? argv[0] : str_or(options.name, "");
    struct error err = ERROR_INIT;
    cleanup_json json_t *body = json_pack("{s:s, s:s, s:o, s:o}", "Name", name, "Driver", str_or(options.driver, "local"),
                                          "DriverOpts", cli_pairs(opt), "Labels", cli_pairs(label));
    cleanup_json json_t *answer = NULL;
    cleanup_client struct client *client = client_new(context->host);
    if (client_call(client, "POST", "/volumes/create", body, &answer, &err) < 0)
        return cli_failed(&err);
    puts(json_str(answer, "Name", name));
    return 0;
}

static int act(struct client *client, const char *name, const void *data, struct error *err)
{
    const struct options *options = data;
    cleanup_free char *path = cli_path("/volumes/", name, options->force ? "?force=1" : "");
    int r = client_call(client, "DELETE", path, NULL, NULL, err);
    return r == -ENOENT && options->force ? 0 : r;
}

int cmd_volume_rm(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'f', "force", FLAG_BOOL, AT(force), NULL, "A volume that is not there is no error"}, {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    return rc != CLI_GO ? rc : cli_for_each(context, argv, act, &options, true);
}
