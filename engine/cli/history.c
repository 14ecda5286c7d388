/* history: how an image came to be, youngest layer first. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct options {
    bool human, no_trunc, quiet;
    const char *format, *platform;
};

#define AT(member) offsetof(struct options, member)

static json_t *taken(char *text)
{
    json_t *value = json_text_value(text, strlen(text));
    free(text);
    return value;
}

static json_t *row(const json_t *layer, const struct options *options)
{
    const char *id = json_str(layer, "Id", "");
    long long created = json_num(layer, "Created", 0), size = json_num(layer, "Size", 0);
    cleanup_free char *by = xstrdup(json_str(layer, "CreatedBy", ""));
    for (char *p = by; *p; p++)
        *p = *p == '\t' ? ' ' : *p;
    json_t *out = json_object();
    json_object_set_new(out, "Comment", json_string(json_str(layer, "Comment", "")));
    json_object_set_new(out, "CreatedAt", taken(cli_rfc3339(created)));
    json_object_set_new(out, "CreatedBy", taken(options->no_trunc ? xstrdup(by) : cli_ellipsis(by, 45)));
    json_object_set_new(out, "CreatedSince",
                        taken(!options->human ? cli_rfc3339(created)
                              : created       ? cli_ago(created)
                                              : xstrdup("N/A")));
    json_object_set_new(out, "ID", taken(options->no_trunc || id[0] == '<' ? xstrdup(id) : cli_short_id(id)));
    json_object_set_new(out, "Size", taken(options->human ? cli_size((double)size, 3) : str_format("%lld", size)));
    return out;
}

int cmd_history(const struct command_context *context, int argc, char **argv)
{
    struct format_header headers[] = {{"ID", "IMAGE"},
                                      {"CreatedSince", "CREATED"},
                                      {"CreatedAt", "CREATED AT"},
                                      {"CreatedBy", "CREATED BY"},
                                      {"Size", "SIZE"},
                                      {"Comment", "COMMENT"},
                                      {NULL, NULL}};
    static const struct flag flags[] = {
        {0, "format", FLAG_STRING, AT(format), NULL, "'table', 'table TEMPLATE', 'json' or a Go template for each row"},
        {'H', "human", FLAG_BOOL, AT(human), NULL, "Print sizes and dates for people (default true)"},
        {0, "no-trunc", FLAG_BOOL, AT(no_trunc), NULL, "Do not shorten anything"},
        {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Print image IDs only"},
        {0}};
    struct options options = {.human = true};
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    if (!options.human)
        headers[1].title = "CREATED AT";
    const struct format format = {.type = "*formatter.historyContext",
                                  .table = "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
                                  .quiet = "{{.ID}}",
                                  .headers = headers,
                                  .style = options.format,
                                  .quiet_only = options.quiet};
    cleanup_client struct client *client = client_new(context->host);
    cleanup_free char *path = cli_path("/images/", argv[0], "/history");
    cleanup_json json_t *answer = cli_get(client, path, &err), *rows = json_array();
    if (!answer)
        return cli_failed(&err);
    size_t i;
    json_t *layer;
    json_array_foreach(answer, i, layer) { json_array_append_new(rows, row(layer, &options)); }
    return cli_show_rows(&format, rows);
}
